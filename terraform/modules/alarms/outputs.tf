output "alarm_arns" {
  description = "ARN of each alarm, by its kind, such as errors."
  value = {
    for name, alarm in merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.math) : name => alarm.arn
  }
}
