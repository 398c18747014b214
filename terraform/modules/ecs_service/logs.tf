locals {
  log_group_name = "/ecs/${var.environment.prefix}/${var.name}"
}

resource "aws_cloudwatch_log_group" "service" {
  # checkov:skip=CKV_AWS_158:CloudWatch encrypts logs by itself; a key would keep nobody out who may read them

  name              = local.log_group_name
  retention_in_days = var.container.logs.retention_days
  skip_destroy      = !var.environment.disposable
}

locals {
  cloudwatch_logs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.service.name
      awslogs-region        = var.environment.region
      awslogs-stream-prefix = "task"
      # A full buffer drops lines; it does not delay answers.
      mode            = "non-blocking"
      max-buffer-size = "25m"
    }
  }
}
