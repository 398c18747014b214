resource "aws_ecs_cluster" "services" {
  # checkov:skip=CKV_AWS_65:the environment says whether Container Insights are worth their fee

  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }

  dynamic "configuration" {
    for_each = aws_cloudwatch_log_group.sessions

    content {
      execute_command_configuration {
        kms_key_id = configuration.value.kms_key_id
        logging    = "OVERRIDE"

        log_configuration {
          cloud_watch_encryption_enabled = true
          cloud_watch_log_group_name     = configuration.value.name
        }
      }
    }
  }
}

# Both kinds of Fargate are available, and the instances; each service chooses.
resource "aws_ecs_cluster_capacity_providers" "fargate" {
  cluster_name       = aws_ecs_cluster.services.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], var.capacity_providers)
}

# Input and output of ECS Exec sessions.
resource "aws_cloudwatch_log_group" "sessions" {
  count = var.exec_logs == null ? 0 : 1

  name              = "/ecs/${var.name}/exec"
  kms_key_id        = var.exec_logs.kms_key_arn
  retention_in_days = var.exec_logs.retention_days
  skip_destroy      = !var.disposable
}
