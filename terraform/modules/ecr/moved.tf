# November 2026: the policy is about more than images without a tag.
moved {
  from = aws_ecr_lifecycle_policy.untagged
  to   = aws_ecr_lifecycle_policy.images
}
