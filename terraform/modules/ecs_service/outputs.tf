output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.service.name
}

output "slots" {
  description = "By slot, the name of its service in the cluster, and the task definition revision that it should run."
  value = {
    for slot, service in aws_ecs_service.service : slot => {
      service_name        = service.name
      task_definition_arn = service.task_definition
    }
  }
}

output "task_role_arn" {
  description = "Role of the container, for policies that other resources attach."
  value       = module.task_roles.task_role_arn
}
