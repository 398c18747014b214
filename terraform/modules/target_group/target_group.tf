locals {
  full_name = "${var.environment.prefix}-${var.name}"

  # ECS registers each task with the container's own port, so this one is never used. It is constant so that the
  # container's port can change in a roll-out: otherwise the listener would meanwhile forward to a new, empty group.
  unused_port = 80

  # Inputs that force a new group are part of its name, so that it can exist before the old one is deleted.
  _versions = { http = "HTTP1", http2 = "HTTP2", grpc = "GRPC" }
  _replacement_cause = sha256(jsonencode(concat(
    [local.full_name, local.unused_port, "HTTP", "ip"], var.protocol == "http" ? [] : [var.protocol]
  )))
  target_group_name = "${trimsuffix(substr(local.full_name, 0, 25), "-")}-${substr(local._replacement_cause, 0, 6)}"
}

resource "aws_lb_target_group" "tasks" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer; inside the VPC the tasks' security group lets in nobody else

  name        = local.target_group_name
  vpc_id      = var.environment.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = local.unused_port

  # null equals the default, so that nothing is replaced
  protocol_version = var.protocol == "http" ? null : local._versions[var.protocol]

  deregistration_delay          = var.rollout.drain_seconds
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = var.health.path
    matcher             = var.health.status
    interval            = var.health.interval_seconds
    timeout             = var.health.timeout_seconds
    healthy_threshold   = var.health.healthy_threshold
    unhealthy_threshold = var.health.unhealthy_threshold
    port                = "traffic-port"
    protocol            = "HTTP"
  }

  # Everything that this depends on is replaced in the same order. So it must not depend on the load balancer, whose
  # name is in use until the old one is deleted. No input of this module comes from it.
  lifecycle {
    create_before_destroy = true
  }
}
