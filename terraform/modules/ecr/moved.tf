# 2026-11-30: a repository may be there before its rules are.
moved {
  from = aws_ecr_lifecycle_policy.images
  to   = aws_ecr_lifecycle_policy.images[0]
}
