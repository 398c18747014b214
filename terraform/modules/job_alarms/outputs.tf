output "alarm_arns" {
  description = "ARN of each alarm, by its kind, such as failures."
  value = merge(
    { for alarm in aws_cloudwatch_metric_alarm.failures : "failures" => alarm.arn },
    { for alarm in aws_cloudwatch_metric_alarm.not_started : "not-started" => alarm.arn },
  )
}
