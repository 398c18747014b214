# 2026-11-30: a repository may exist before its lifecycle policy does.
moved {
  from = aws_ecr_lifecycle_policy.images
  to   = aws_ecr_lifecycle_policy.images[0]
}
