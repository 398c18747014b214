output "execution_role_arn" {
  description = "Role by which ECS starts the tasks, once it may."
  value       = aws_iam_role.execution.arn

  depends_on = [aws_iam_role_policy.execution]
}

output "task_role_arn" {
  description = "Role of the containers, once it may do what they need."
  value       = aws_iam_role.task.arn

  depends_on = [aws_iam_role_policy.policy, aws_iam_role_policy.task]
}

output "task_role_name" {
  description = "Name of the containers' role, to which more policies can be attached."
  value       = aws_iam_role.task.name
}
