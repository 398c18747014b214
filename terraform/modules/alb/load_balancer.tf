resource "aws_lb" "front" {
  name               = var.name
  load_balancer_type = "application"

  # network
  subnets         = var.network.subnet_ids
  security_groups = [aws_security_group.load_balancer.id]

  # requests
  idle_timeout               = var.idle_timeout_seconds
  drop_invalid_header_fields = true

  enable_deletion_protection = var.deletion_protection
}
