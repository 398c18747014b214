locals {
  # The name of an image in ECR contains its account and region.
  _ecr_images = [
    for image in var.execution.images :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com/(?P<name>[^:@]+)", image)
    if can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/", image))
  ]
  repositories = distinct(concat(var.execution.repositories, [
    for image in local._ecr_images : "arn:aws:ecr:${image.region}:${image.account}:repository/${image.name}"
  ]))

  # A secret's ARN may be followed by a JSON key, a stage and a version, which policies do not accept.
  secrets = distinct([
    for arn in var.execution.secrets : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")
  ])
  parameters = distinct([for arn in var.execution.secrets : arn if strcontains(arn, ":ssm:")])
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(local.repositories) == 0 ? [] : [local.repositories]

    content {
      sid       = "PullImages"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = statement.value
    }
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [join(":", [
      "arn:aws:logs", var.environment.region, var.environment.account_id,
      "log-group", var.execution.log_group_name, "log-stream", "*",
    ])]
  }

  dynamic "statement" {
    for_each = length(local.secrets) == 0 ? [] : [local.secrets]

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.parameters) == 0 ? [] : [local.parameters]

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = statement.value
    }
  }
}

data "aws_iam_policy_document" "task" {
  dynamic "statement" {
    for_each = var.task.readable_objects

    content {
      sid       = "ReadObjects${statement.key}"
      actions   = ["s3:GetObject"]
      resources = ["${statement.value.bucket_arn}/${statement.value.prefix}*"]
    }
  }

  # Without it, S3 answers 403 instead of 404 for a missing object.
  dynamic "statement" {
    for_each = var.task.readable_objects

    content {
      sid       = "ListObjects${statement.key}"
      actions   = ["s3:ListBucket"]
      resources = [statement.value.bucket_arn]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = ["${statement.value.prefix}*"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.task.writable_objects

    content {
      sid       = "WriteObjects${statement.key}"
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = ["${statement.value.bucket_arn}/${statement.value.prefix}*"]
    }
  }
}

# What the environment file allows in addition.
data "aws_iam_policy_document" "policy" {
  dynamic "statement" {
    for_each = var.task.policy

    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}
