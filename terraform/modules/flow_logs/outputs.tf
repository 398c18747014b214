output "log_group_name" {
  description = "Log group that holds the flows, once they are delivered."
  value       = aws_cloudwatch_log_group.flow_logs.name

  depends_on = [aws_flow_log.network]
}
