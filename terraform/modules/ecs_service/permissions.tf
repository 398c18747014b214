locals {
  _images  = concat([var.container.image], [for sidecar in var.container.sidecars : sidecar.image if sidecar.image != null])
  _secrets = concat(values(var.container.secrets), flatten([for sidecar in var.container.sidecars : values(sidecar.secrets)]))

  # An image that another account or stack keeps in ECR says itself where.
  _ecr_images = [
    for image in(var.container.repository_arn == null ? local._images : slice(local._images, 1, length(local._images))) :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com/(?P<name>[^:@]+)", image)
    if can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/", image))
  ]
  _ecr_arns       = [for image in local._ecr_images : provider::aws::arn_build("aws", "ecr", image.region, image.account, "repository/${image.name}")]
  repository_arns = distinct(compact(concat([var.container.repository_arn], local._ecr_arns)))

  # A secret's ARN may go on with a JSON key, a stage and a version, which policies do not know.
  readable_secrets    = distinct([for arn in local._secrets : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")])
  readable_parameters = distinct([for arn in local._secrets : arn if strcontains(arn, ":ssm:")])
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(local.repository_arns) == 0 ? [] : [local.repository_arns]

    content {
      sid       = "PullImages"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = statement.value
    }
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [provider::aws::arn_build("aws", "logs", var.environment.region, var.environment.account_id, "log-group:${local.log_group_name}:log-stream:*")]
  }

  dynamic "statement" {
    for_each = length(local.readable_secrets) == 0 ? [] : [local.readable_secrets]

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.readable_parameters) == 0 ? [] : [local.readable_parameters]

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = statement.value
    }
  }
}

data "aws_iam_policy_document" "task" {
  dynamic "statement" {
    for_each = var.container.readable_objects

    content {
      sid       = "ReadObjects${statement.key}"
      actions   = ["s3:GetObject"]
      resources = ["${statement.value.bucket_arn}/${statement.value.prefix}*"]
    }
  }

  # Without it S3 answers 403 instead of 404 for an object that is not there.
  dynamic "statement" {
    for_each = var.container.readable_objects

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
}

# What the environment file allows beyond that.
data "aws_iam_policy_document" "policy" {
  dynamic "statement" {
    for_each = var.container.policy

    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}
