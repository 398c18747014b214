locals {
  _prefix_of = { for cidr in distinct(var.allowed_cidrs) : cidr => try(tonumber(split("/", cidr)[1]), 32) }

  # "a lies in b" for every pair of ranges where it does.
  nested_cidrs = flatten([
    for i, inner in var.allowed_cidrs : [
      for j, outer in var.allowed_cidrs : "${inner} lies in ${outer}"
      if i != j && (inner != outer || i < j) && local._prefix_of[inner] >= local._prefix_of[outer] && try(
        cidrhost("${cidrhost(inner, 0)}/${local._prefix_of[outer]}", 0) == cidrhost(outer, 0), false
      )
    ]
  ])

  open_ports = local.has_https ? [80, 443] : [80]
  doors      = { for pair in setproduct(local.open_ports, toset(var.allowed_cidrs)) : "${pair[0]} from ${pair[1]}" => { port = pair[0], cidr = pair[1] } }
}

# Each service adds the rule that lets the load balancer reach its tasks.
resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-alb"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-alb" }

  lifecycle {
    precondition {
      condition     = length(local.nested_cidrs) == 0
      error_message = "alb.allowed_cidrs must not overlap, got ${join("; ", local.nested_cidrs)}."
    }
  }
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
