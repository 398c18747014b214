locals {
  _targets = {
    cpu = {
      metric = "ECSServiceAverageCPUUtilization"
      value  = var.scaling.cpu_percent
    }
    memory = {
      metric = "ECSServiceAverageMemoryUtilization"
      value  = var.scaling.memory_percent
    }
    requests = {
      metric = "ALBRequestCountPerTarget"
      value  = var.scaling.requests_per_target
    }
  }
  _tracked = { for name, target in local._targets : name => target if target.value != null }

  # The first slot's keys are those of a service without slots.
  tracked = merge([
    for slot, each in local.slots : {
      for name, target in local._tracked : slot == "blue" ? name : "${name} ${slot}" => merge(target, {
        slot = slot
        name = "${var.environment.prefix}-${each.name}-${name}"
        label = name == "requests" ? join("/", [
          var.platform.load_balancer.arn_suffix, var.platform.load_balancer.target_groups[slot].arn_suffix
        ]) : null
      })
    }
  ]...)
}

resource "aws_appautoscaling_target" "tasks" {
  for_each = local.slots

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.platform.cluster.name}/${aws_ecs_service.service[each.key].name}"
  min_capacity       = each.value.limits.min
  max_capacity       = each.value.limits.max
}

resource "aws_appautoscaling_policy" "target" {
  for_each = local.tracked

  name               = each.value.name
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.tasks[each.value.slot].service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks[each.value.slot].scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks[each.value.slot].resource_id

  # Scale out fast, scale in slowly: too few tasks cost answers, too many cost cents.
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
