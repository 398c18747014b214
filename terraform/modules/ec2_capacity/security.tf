resource "aws_security_group" "instance" {
  name        = "${var.name}-instances"
  description = "Instances of ${var.name}"
  vpc_id      = var.environment.vpc_id

  tags = { Name = "${var.name}-instances" }
}

# No ingress rule: tasks have their own interfaces and groups. Instances call ECS and registries.
resource "aws_vpc_security_group_egress_rule" "instance_to_https" {
  security_group_id = aws_security_group.instance.id
  description       = "HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
