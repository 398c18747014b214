output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.job.name
}

output "network" {
  description = "Where a task goes that is started by hand: `subnet_ids`, `security_group_id` and `assign_public_ip`."
  value = {
    subnet_ids        = var.platform.network.subnet_ids
    security_group_id = aws_security_group.tasks.id
    assign_public_ip  = var.platform.network.assign_public_ip
  }

  depends_on = [module.task_egress]
}

output "not_started_queue" {
  description = "`arn`, `name` and `url` of the queue that keeps what could not be started; null without a trigger."
  value = length(var.triggers) == 0 ? null : one([for queue in aws_sqs_queue.not_started : {
    arn  = queue.arn
    name = queue.name
    url  = queue.url
  }])
}

output "task_definition_arn" {
  description = "Revision that is started."
  value       = aws_ecs_task_definition.job.arn
}

output "task_definition_family" {
  description = "Family of all its revisions, by which ECS's events name the job."
  value       = aws_ecs_task_definition.job.family
}

output "task_role_arn" {
  description = "Role of the container, for policies elsewhere that name it."
  value       = module.task_roles.task_role_arn
}
