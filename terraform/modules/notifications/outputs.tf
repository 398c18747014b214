output "topic_arn" {
  description = "Topic for the alarms' actions, once they may publish to it."
  value       = aws_sns_topic.alarms.arn

  depends_on = [aws_sns_topic_policy.alarms]
}
