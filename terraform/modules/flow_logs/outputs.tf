output "log_group_name" {
  description = "Log group of the flow logs, once they can be delivered."
  value       = aws_cloudwatch_log_group.flow_logs.name

  depends_on = [aws_flow_log.network]
}
