output "roles" {
  description = "ARNs of the roles that a workflow assumes: `plan` reads, `publish` adds images and models, `apply` changes; once they have their policies."
  value = {
    plan    = aws_iam_role.github["plan"].arn
    publish = aws_iam_role.github["publish"].arn
    apply   = aws_iam_role.github["apply"].arn
  }

  depends_on = [aws_iam_role_policy.limits, aws_iam_role_policy.write_once, aws_iam_role_policy_attachment.github]
}
