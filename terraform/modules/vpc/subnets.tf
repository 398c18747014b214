# For the load balancer, NAT gateways, and tasks with public addresses (which they request themselves).
resource "aws_subnet" "public" {
  for_each = var.availability_zones

  vpc_id            = aws_vpc.network.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 3, index(local.zones_of_region, each.key))

  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-public-${each.key}" }

  # What is in a subnet is moved before the subnet is deleted: AWS deletes none that is in use.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_subnet" "private" {
  for_each = local.private_zones

  vpc_id            = aws_vpc.network.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 3, 4 + index(local.zones_of_region, each.key))

  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-private-${each.key}" }

  lifecycle {
    create_before_destroy = true # as above
  }
}
