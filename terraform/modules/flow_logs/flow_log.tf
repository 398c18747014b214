locals {
  log_group_name = "/vpc/${var.name}/flow-logs"
  log_group_arn  = "arn:aws:logs:${var.region}:${var.account_id}:log-group:${local.log_group_name}"
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  # checkov:skip=CKV_AWS_158:CloudWatch encrypts logs by itself; a key would keep nobody out who may read them

  name              = local.log_group_name
  retention_in_days = var.retention_days
  skip_destroy      = !var.disposable
}

resource "aws_flow_log" "network" {
  vpc_id          = var.vpc_id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.flow_logs.arn
  iam_role_arn    = aws_iam_role.delivery.arn

  tags = { Name = var.name }

  # Without the permissions, the first deliveries would be lost.
  depends_on = [aws_iam_role_policy.delivery]
}
