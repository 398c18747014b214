variable "name" {
  type = string
}

resource "aws_s3_bucket" "this" {
  bucket = "store-${var.name}"
}

resource "aws_ecs_service" "this" {
  name          = var.name
  cluster       = "shared"
  desired_count = 1
  launch_type   = "EXTERNAL"
}
