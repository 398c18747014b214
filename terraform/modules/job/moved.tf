# Before, the roles stood in this module itself.
moved {
  from = aws_iam_role.execution
  to   = module.task_roles.aws_iam_role.execution
}

moved {
  from = aws_iam_role.task
  to   = module.task_roles.aws_iam_role.task
}

moved {
  from = aws_iam_role_policy.execution
  to   = module.task_roles.aws_iam_role_policy.execution
}

moved {
  from = aws_iam_role_policy.task
  to   = module.task_roles.aws_iam_role_policy.task
}
