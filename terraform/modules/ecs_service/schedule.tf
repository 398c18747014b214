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
}

resource "aws_appautoscaling_scheduled_action" "limits" {
  for_each = merge(var.scaling.schedule, local._hours)

  name               = "${local.full_name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.tasks.service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks.scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks.resource_id
  schedule           = "cron(${each.value.cron})"
  timezone           = each.value.timezone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
