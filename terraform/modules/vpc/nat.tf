locals {
  _first_zone = sort(var.availability_zones)[0]

  # Zone of the tasks → zone of the gateway that carries their traffic.
  nat_zone_of = {
    for zone in var.availability_zones : zone => var.egress == "nat" ? local._first_zone : zone
    if contains(["nat", "nat_per_zone"], var.egress)
  }
}

resource "aws_eip" "nat" {
  for_each = toset(values(local.nat_zone_of))

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "egress" {
  for_each = toset(values(local.nat_zone_of))

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_route.internet, aws_route_table_association.public]
}
