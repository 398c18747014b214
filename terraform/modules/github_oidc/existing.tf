# Existing resources that the environment uses: they have other names, and the roles may do there only what an
# environment does. Tags distinguish the environment's services, tasks and rules from the owner's; a new one has none
# yet.
locals {
  _existing_cluster  = var.existing.cluster_name == null ? [] : [var.existing.cluster_name]
  _existing_bucket   = var.existing.bucket == null ? [] : ["arn:aws:s3:::${var.existing.bucket}"]
  _existing_listener = var.existing.listener_arn == null ? [] : [var.existing.listener_arn]

  _existing_images = [
    for name in var.existing.repository_names : "arn:aws:ecr:${var.region}:${var.account_id}:repository/${name}"
  ]
  _existing_models = [for arn in local._existing_bucket : "${arn}/models/*"]
  _existing_rules  = [for arn in local._existing_listener : "${replace(arn, ":listener/", ":listener-rule/")}/*"]

  _existing_runs = flatten([
    for cluster in local._existing_cluster : [
      for kind in ["service", "service-deployment", "service-revision", "task"] :
      "arn:aws:ecs:${var.region}:${var.account_id}:${kind}/${cluster}/*"
    ]
  ])

}

locals {
  _existing_reads = {
    ExistingCluster = {
      resources = concat(
        [for name in local._existing_cluster : "arn:aws:ecs:${var.region}:${var.account_id}:cluster/${name}"],
        [for name in local._existing_cluster : "arn:aws:ecs:${var.region}:${var.account_id}:container-instance/${name}/*"],
        local._existing_runs,
      )
      actions = [
        "ecs:DescribeClusters", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServices",
        "ecs:DescribeTasks", "ecs:ListServiceDeployments", "ecs:ListTagsForResource", "ecs:ListTasks",
      ]
    }
    ExistingRepositories = {
      resources = local._existing_images
      actions = [
        "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListImages",
      ]
    }
    ExistingBucket = {
      resources = local._existing_bucket
      actions = [
        "s3:GetBucketLocation", "s3:GetBucketNotification", "s3:GetBucketPolicy", "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration", "s3:ListBucket",
      ]
    }
    ExistingModels = {
      resources = local._existing_models
      actions   = ["s3:GetObject"]
    }
  }
}

locals {
  _existing_publishes = {
    PublishImages = {
      resources = local._existing_images
      actions = [
        "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload",
        "ecr:PutImage", "ecr:UploadLayerPart",
      ]
    }
    PublishModels = {
      resources = local._existing_models
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    }
  }
}

locals {
  _existing_changes = {
    ChangeOwnServices = {
      resources = local._existing_runs
      owned     = true
      actions = [
        "ecs:CreateService", "ecs:DeleteService", "ecs:ExecuteCommand", "ecs:StopServiceDeployment", "ecs:StopTask",
        "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService",
      ]
    }
    # A session requires the permission on the cluster as well.
    OpenSessions = {
      resources = [for name in local._existing_cluster : "arn:aws:ecs:${var.region}:${var.account_id}:cluster/${name}"]
      actions   = ["ecs:ExecuteCommand"]
    }
    # Target tracking creates alarms with the permissions of the caller that sets the policy; they have no tags.
    ChangeAlarmsOfScaling = {
      resources = [
        for name in local._existing_cluster :
        "arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:TargetTracking-service/${name}/*"
      ]
      actions = ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"]
    }
    AddRules = {
      resources = local._existing_listener
      actions   = ["elasticloadbalancing:CreateRule"]
    }
    ChangeOwnRules = {
      resources = local._existing_rules
      owned     = true
      actions = [
        "elasticloadbalancing:AddTags", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetRulePriorities",
      ]
    }
  }
}

locals {
  _existing_policies = {
    plan    = local._existing_reads
    publish = merge(local._existing_reads, local._existing_publishes)
    apply   = merge(local._existing_reads, local._existing_publishes, local._existing_changes)
  }
  _uses_existing = anytrue([
    for names in [local._existing_cluster, local._existing_bucket, local._existing_listener, local._existing_images] :
    length(names) > 0
  ])
}

data "aws_iam_policy_document" "existing" {
  for_each = { for role, statements in local._existing_policies : role => statements if local._uses_existing }

  dynamic "statement" {
    for_each = { for sid, statement in each.value : sid => statement if length(statement.resources) > 0 }

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = try(statement.value.owned, false) ? var.tags : {}

        content {
          test     = "StringEqualsIfExists"
          variable = "aws:ResourceTag/${condition.key}"
          values   = [condition.value]
        }
      }
    }
  }
}

# Inline: a role can have ten managed policies, and no other role needs these.
resource "aws_iam_role_policy" "existing" {
  for_each = data.aws_iam_policy_document.existing

  name   = "existing-${each.key}"
  role   = aws_iam_role.github[each.key].name
  policy = each.value.json
}
