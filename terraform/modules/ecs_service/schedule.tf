locals {
  # AWS's cron: minute, hour, day of month, month, day of week, year.
  _days = join(",", [for day in try(var.scaling.hours.days, []) : upper(day)])
  _hours = var.scaling.hours == null ? {} : {
    for action, time in { start = var.scaling.hours.start, stop = var.scaling.hours.stop } : action => {
      cron                      = "${tonumber(split(":", time)[1])} ${tonumber(split(":", time)[0])} ? * ${local._days} *"
      timezone                  = var.scaling.hours.timezone
      min                       = action == "start" ? var.scaling.min : 0
      max                       = action == "start" ? var.scaling.max : 0
    }
  }

  # The first slot's keys are those of a service without slots.
  actions = merge([
    for slot, service in local.slots : {
      for name, action in merge(var.scaling.schedule, local._hours) : slot == "blue" ? name : "${name} ${slot}" => merge(
        action, { slot = slot, name = "${var.environment.prefix}-${service.name}-${name}" }
      )
    }
  ]...)
}

resource "aws_appautoscaling_scheduled_action" "limits" {
  for_each = local.actions

  name               = each.value.name
  service_namespace  = aws_appautoscaling_target.tasks[each.value.slot].service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks[each.value.slot].scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks[each.value.slot].resource_id
  schedule           = "cron(${each.value.cron})"
  timezone           = each.value.timezone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
