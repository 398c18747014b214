locals {
  log_group_name = "/ecs/${var.environment.prefix}/${var.name}"
}

resource "aws_cloudwatch_log_group" "service" {
  name              = local.log_group_name
  retention_in_days = var.container.log_retention_days
  skip_destroy      = !var.container.disposable_logs
}
