output "execution_role_arn" {
  description = "Role with which ECS starts the tasks, once it has its policies."
  value       = aws_iam_role.execution.arn

  depends_on = [aws_iam_role_policy.execution]
}

output "task_role_arn" {
  description = "Role of the containers, once it has its policies."
  value       = aws_iam_role.task.arn

  depends_on = [aws_iam_role_policy.policy, aws_iam_role_policy.task]
}

output "task_role_name" {
  description = "Name of the containers' role, to which more policies can be attached."
  value       = aws_iam_role.task.name
}
