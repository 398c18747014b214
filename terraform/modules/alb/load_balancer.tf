resource "aws_lb" "front" {
  # checkov:skip=CKV_AWS_150:the environment says so; a plan warns of what is neither protected nor disposable
  # checkov:skip=CKV2_AWS_20:it does where there is a certificate; the plan says loudly where there is none
  # checkov:skip=CKV2_AWS_28:the module waf guards it where the environment asks for it, which costs by the rule

  name               = var.name
  load_balancer_type = "application"

  # network
  internal        = var.internal
  subnets         = var.network.subnet_ids
  security_groups = [aws_security_group.load_balancer.id]

  # requests
  idle_timeout               = var.idle_timeout_seconds
  drop_invalid_header_fields = true

  # protection
  enable_deletion_protection = var.deletion_protection

  dynamic "access_logs" {
    for_each = var.access_logs_bucket == null ? [] : [var.access_logs_bucket]

    content {
      enabled = true
      bucket  = access_logs.value
    }
  }
}
