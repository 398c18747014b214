locals {
  has_private_subnets = var.egress != "public"
  private_zones       = local.has_private_subnets ? var.availability_zones : []
}

resource "aws_vpc" "network" {
  # checkov:skip=CKV2_AWS_11:the module flow_logs logs where the environment asks for it, which costs by the GB

  cidr_block = var.cidr

  # Only the private names of interface endpoints need it; a change of it takes 10 s of an apply.
  enable_dns_hostnames = var.egress == "endpoints"
  enable_dns_support   = true

  tags = { Name = var.name }
}

# No rules: a resource without a security group of its own reaches nothing.
resource "aws_default_security_group" "locked" {
  vpc_id = aws_vpc.network.id

  tags = { Name = "${var.name}-default-locked" }
}

resource "aws_internet_gateway" "internet" {
  vpc_id = aws_vpc.network.id

  tags = { Name = var.name }
}
