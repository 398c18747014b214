locals {
  schedules = [for trigger in var.triggers : trigger if trigger.schedule != null]
}

# Schedules have no tags; their group has, which shows to whom they belong.
resource "aws_scheduler_schedule_group" "job" {
  count = length(local.schedules) == 0 ? 0 : 1

  name = local.full_name
}

resource "aws_scheduler_schedule" "job" {
  # checkov:skip=CKV_AWS_297:a schedule holds a command, no secret

  count = length(local.schedules)

  name       = local.numbered[count.index]
  group_name = aws_scheduler_schedule_group.job[0].name

  schedule_expression          = local.schedules[count.index].schedule.expression
  schedule_expression_timezone = local.schedules[count.index].schedule.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.platform.cluster.arn
    role_arn = aws_iam_role.trigger["schedule"].arn

    ecs_parameters {
      task_definition_arn     = aws_ecs_task_definition.job.arn
      launch_type             = "FARGATE"
      enable_ecs_managed_tags = true
      propagate_tags          = "TASK_DEFINITION"

      network_configuration {
        subnets          = var.platform.network.subnet_ids
        security_groups  = [aws_security_group.tasks.id]
        assign_public_ip = var.platform.network.assign_public_ip
      }
    }

    retry_policy {
      maximum_retry_attempts       = local.schedules[count.index].retry.maximum_attempts
      maximum_event_age_in_seconds = local.schedules[count.index].retry.maximum_age_seconds
    }

    dead_letter_config {
      arn = local.queue.arn
    }
  }

  # Starting a task requires the permission, and a task requires its egress.
  depends_on = [
    aws_iam_role_policy.schedule_may_send, aws_iam_role_policy.trigger,
    module.task_egress,
  ]
}
