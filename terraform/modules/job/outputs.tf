output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.job.name
}

output "network" {
  description = "Network of a task that is started by hand: `subnet_ids`, `security_group_id` and `assign_public_ip`."
  value = {
    subnet_ids        = var.platform.network.subnet_ids
    security_group_id = aws_security_group.tasks.id
    assign_public_ip  = var.platform.network.assign_public_ip
  }

  depends_on = [module.task_egress]
}

output "not_started_queue" {
  description = "`arn`, `name` and `url` of the dead-letter queue for starts that failed; null without a trigger."
  value = length(var.triggers) == 0 ? null : one([for queue in aws_sqs_queue.not_started : {
    arn  = queue.arn
    name = queue.name
    url  = queue.url
  }])
}

output "task_definition_arn" {
  description = "Task definition revision that is started."
  value       = aws_ecs_task_definition.job.arn
}

output "task_definition_family" {
  description = "Family of the task definition, by which ECS's events name the job."
  value       = aws_ecs_task_definition.job.family
}

output "task_role_arn" {
  description = "Role of the container, for policies that other resources attach."
  value       = module.task_roles.task_role_arn
}
