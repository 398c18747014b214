locals {
  # The clock's limits outlive a plan: they are read from what runs and fed back, as the count is.
  limits        = coalesce(var.scaling.limits, { min = var.scaling.min, max = var.scaling.max })
  desired_count = min(max(coalesce(var.scaling.desired, local.limits.min), local.limits.min), local.limits.max)

  _targets = {
    cpu = {
      metric = "ECSServiceAverageCPUUtilization"
      value  = var.scaling.cpu_percent
      label  = null
    }
    memory = {
      metric = "ECSServiceAverageMemoryUtilization"
      value  = var.scaling.memory_percent
      label  = null
    }
    requests = {
      metric = "ALBRequestCountPerTarget"
      value  = var.scaling.requests_per_target
      label  = "${var.platform.load_balancer.arn_suffix}/${var.platform.load_balancer.target_group_arn_suffix}"
    }
  }
  tracked = { for name, target in local._targets : name => target if target.value != null }
}

resource "aws_appautoscaling_target" "tasks" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.platform.cluster.name}/${aws_ecs_service.service.name}"
  min_capacity       = local.limits.min
  max_capacity       = local.limits.max
}

resource "aws_appautoscaling_policy" "target" {
  for_each = local.tracked

  name               = "${local.full_name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.tasks.service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks.scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks.resource_id

  # Out fast, in slowly: too few tasks cost answers, too many cost cents.
  target_tracking_scaling_policy_configuration {
    target_value       = each.value.value
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}
