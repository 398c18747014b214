output "arn" {
  description = "Target group that the service's tasks join."
  value       = aws_lb_target_group.tasks.arn
}

output "arn_suffix" {
  description = "Name that CloudWatch uses for the target group."
  value       = aws_lb_target_group.tasks.arn_suffix
}
