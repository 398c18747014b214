output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.service.name
}

output "service_name" {
  description = "Name of the service in its cluster."
  value       = aws_ecs_service.service.name
}

output "task_definition_arn" {
  description = "Revision that the service was told to run."
  value       = aws_ecs_task_definition.service.arn
}

output "task_role_arn" {
  description = "Role of the container, for policies elsewhere that name it."
  value       = module.task_roles.task_role_arn
}
