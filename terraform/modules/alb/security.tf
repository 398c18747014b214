locals {
  open_ports = local.has_https ? [80, 443] : [80]
  doors = {
    for pair in setproduct(local.open_ports, toset(var.allowed_cidrs)) :
    "${pair[0]} from ${pair[1]}" => { port = pair[0], cidr = pair[1] }
  }
}

# Each service adds the rule that lets the load balancer reach its tasks.
resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-alb"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-alb" }
}

# Callers may reach the listeners.
resource "aws_vpc_security_group_ingress_rule" "callers" {
  for_each = local.doors

  security_group_id = aws_security_group.load_balancer.id
  description       = "Callers"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}
