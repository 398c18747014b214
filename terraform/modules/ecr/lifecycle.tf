locals {
  # No later rule can expire an image that an earlier rule selects. So the first rule selects releases, and would expire
  # only beyond the number of images that a repository can contain. It keeps them, whatever other tags they have.
  # https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
  _released = {
    description = "Keep released images"
    selection = {
      tagStatus = "tagged", tagPrefixList = ["release-"]
      countType = "imageCountMoreThan", countNumber = 100000
    }
  }
  _unreleased = {
    description = "Expire images that no release runs after ${coalesce(var.retention.unreleased_days, 0)} days"
    selection = {
      tagStatus = "tagged", tagPrefixList = ["src-"]
      countType = "sinceImagePushed", countUnit = "days", countNumber = var.retention.unreleased_days
    }
  }
  # The parts of a multi-platform image have no tag either, but ECR keeps what an index refers to.
  _untagged = {
    description = "Expire images without a tag after ${var.retention.untagged_days} days"
    selection = {
      tagStatus = "untagged"
      countType = "sinceImagePushed", countUnit = "days", countNumber = var.retention.untagged_days
    }
  }

  lifecycle_rules = [
    for rule in [local._released, local._unreleased, local._untagged] : rule if rule.selection.countNumber != null
  ]
}

resource "aws_ecr_lifecycle_policy" "images" {
  count = var.expires ? 1 : 0

  repository = aws_ecr_repository.images.name

  policy = jsonencode({
    rules = [
      for index, rule in local.lifecycle_rules :
      merge(rule, { rulePriority = index + 1, action = { type = "expire" } })
    ]
  })
}
