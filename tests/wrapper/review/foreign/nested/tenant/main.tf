terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" {
  type = string
}

resource "aws_vpc" "this" {
  cidr_block = "10.${length(var.name)}.0.0/16"
  tags       = { Name = var.name }

  lifecycle {
    precondition {
      condition     = length(var.name) < 100
      error_message = "name must be shorter than 100 characters."
    }
  }
}

module "store" {
  source = "./store"
  count  = 2

  name = "${length(var.name)}-${count.index}"
}

output "id" {
  value = aws_vpc.this.id
}
