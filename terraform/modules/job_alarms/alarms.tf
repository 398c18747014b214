resource "aws_cloudwatch_metric_alarm" "failures" {
  count = length(local.counts_failure)

  alarm_name        = "${local.full_name}-failures"
  alarm_description = "So many tasks within an hour ended badly or never ran."

  # metric
  namespace   = "AWS/Events"
  metric_name = "TriggeredRules"
  dimensions  = { RuleName = aws_cloudwatch_event_rule.failed[0].name }
  statistic   = "Sum"

  # condition
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarms.failures
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  # notifications
  alarm_actions = var.actions
  ok_actions    = var.actions
}

resource "aws_cloudwatch_metric_alarm" "not_started" {
  count = var.alarms.not_started == null ? 0 : 1

  alarm_name        = "${local.full_name}-not-started"
  alarm_description = "So many starts were refused until the retries were used up; emptying their queue ends it."

  # metric
  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = var.not_started_queue_name }
  statistic   = "Maximum"

  # condition
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarms.not_started
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  # notifications
  alarm_actions = var.actions
  ok_actions    = var.actions
}
