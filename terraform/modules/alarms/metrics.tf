locals {
  full_name = "${var.prefix}-${var.name}"

  _target  = { LoadBalancer = var.load_balancer.arn_suffix, TargetGroup = var.load_balancer.target_group_arn_suffix }
  _service = { ClusterName = var.cluster.name, ServiceName = var.name }

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
  _of_requests = {
    latency-p95 = {
      description = "95 of 100 answers take up to this many seconds or more."
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local._target
      statistic   = "p95", at_least = true, minutes = 3, without_data = "notBreaching"
      threshold   = try(var.alarms.latency_p95_ms / 1000, null)
    }
    latency-p99 = {
      description = "99 of 100 answers take up to this many seconds or more."
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local._target
      statistic   = "p99", at_least = true, minutes = 3, without_data = "notBreaching"
      threshold   = try(var.alarms.latency_p99_ms / 1000, null)
    }
  }
}

locals {
  _of_tasks = {
    unhealthy-targets = {
      description = "So many tasks fail the load balancer's health check."
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local._target
      statistic   = "Maximum", at_least = true, minutes = 5, without_data = "notBreaching"
      threshold   = var.alarms.unhealthy_targets
    }
    # A target group without any task reports nothing, and this alarm is about missing data.
    missing-tasks = {
      description = "Fewer tasks are healthy than should run at least."
      namespace   = "AWS/ApplicationELB", metric = "HealthyHostCount", dimensions = local._target
      statistic   = "Minimum", at_least = false, minutes = 5, without_data = "breaching"
      threshold   = var.cluster.container_insights ? null : try(var.minimum_tasks - var.alarms.missing_tasks, null)
    }
    cpu = {
      description = "The tasks use this much of their CPU, in percent."
      namespace   = "AWS/ECS", metric = "CPUUtilization", dimensions = local._service
      statistic   = "Average", at_least = true, minutes = 5, without_data = "notBreaching"
      threshold   = var.alarms.cpu_percent
    }
    memory = {
      description = "The tasks use this much of their memory, in percent."
      namespace   = "AWS/ECS", metric = "MemoryUtilization", dimensions = local._service
      statistic   = "Average", at_least = true, minutes = 5, without_data = "notBreaching"
      threshold   = var.alarms.memory_percent
    }
  }

  of_one_metric = {
    for name, alarm in merge(local._of_requests, local._of_tasks) : name => alarm if alarm.threshold != null
  }
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = local.of_one_metric

  alarm_name        = "${local.full_name}-${each.key}"
  alarm_description = each.value.description

  # metric
  namespace                             = each.value.namespace
  metric_name                           = each.value.metric
  dimensions                            = each.value.dimensions
  statistic                             = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic                    = startswith(each.value.statistic, "p") ? each.value.statistic : null
  evaluate_low_sample_count_percentiles = startswith(each.value.statistic, "p") ? "ignore" : null

  # condition
  comparison_operator = each.value.at_least ? "GreaterThanOrEqualToThreshold" : "LessThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.without_data

  # notifications
  alarm_actions = var.actions
  ok_actions    = var.actions
}
