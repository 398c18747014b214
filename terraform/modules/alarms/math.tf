locals {
  # By alarm, the expression and its metrics. A metric without any event has no data, hence FILL.
  _of_several = {
    errors = {
      description = "This share of the answers are errors (5xx), in percent."
      expression  = "100 * FILL(errors, 0) / requests"
      label       = "Errors in percent"
      minutes     = 3
      threshold   = var.alarms.error_percent
      statistic   = "Sum"
      namespace   = "AWS/ApplicationELB"
      dimensions  = local._target
      metrics     = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }
    }
    missing-tasks = {
      description = "So many tasks fewer run than are wanted."
      expression  = "desired - FILL(running, 0)"
      label       = "Missing tasks"
      minutes     = 5
      threshold   = var.cluster.container_insights ? var.alarms.missing_tasks : null
      statistic   = "Average"
      namespace   = "ECS/ContainerInsights"
      dimensions  = local._service
      metrics     = { desired = "DesiredTaskCount", running = "RunningTaskCount" }
    }
  }
  of_several_metrics = { for name, alarm in local._of_several : name => alarm if alarm.threshold != null }
}

resource "aws_cloudwatch_metric_alarm" "math" {
  for_each = local.of_several_metrics

  alarm_name        = "${local.full_name}-${each.key}"
  alarm_description = each.value.description

  # expression
  metric_query {
    id          = "result"
    expression  = each.value.expression
    label       = each.value.label
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        stat        = each.value.statistic
        period      = 60
      }
    }
  }

  # condition
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.minutes
  treat_missing_data  = "notBreaching"

  # notifications
  alarm_actions = var.actions
  ok_actions    = var.actions
}
