# What an apply and a destroy change beside that, in policies of at most 6,144 characters. Whatever can have the environment's
# name in its ARN is held to it; the network's parts have ids of AWS's choice and are held to account and region.
locals {
  changes = {
    data           = local._change_data
    identities     = local._change_identities
    load_balancing = local._change_load_balancing
    network        = local._change_network
    services       = local._change_services
    watching       = local._change_watching
  }
}

locals {
  _change_data = {
    buckets = {
      resources = [local._bucket, "${local._bucket}/*"]
      actions = [
        "s3:AbortMultipartUpload", "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObject", "s3:DeleteObjectVersion",
        "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutObject",
      ]
    }
    images = {
      resources = ["arn:aws:ecr:${local._here}:repository/${var.name}/*"]
      actions = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchDeleteImage", "ecr:CompleteLayerUpload", "ecr:CreateRepository", "ecr:DeleteLifecyclePolicy",
        "ecr:DeleteRepository", "ecr:DeleteRepositoryPolicy", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
        "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy",
        "ecr:TagResource", "ecr:UntagResource", "ecr:UploadLayerPart",
      ]
    }
  }
}

locals {
  _change_identities = {
    roles = {
      resources = local.reads.identities.resources
      actions = [
        "iam:AddRoleToInstanceProfile", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:CreateRole", "iam:DeleteInstanceProfile",
        "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:RemoveRoleFromInstanceProfile",
        "iam:TagInstanceProfile", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
      ]
    }
    service_linked_roles = {
      resources = ["arn:aws:iam::${var.account_id}:role/aws-service-role/*"]
      actions   = ["iam:CreateServiceLinkedRole"]
    }
  }
}

locals {
  _change_load_balancing = {
    certificates = {
      resources = ["arn:aws:acm:${local._here}:certificate/*"]
      actions   = ["acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:RequestCertificate"]
    }
    load_balancers = {
      resources = ["arn:aws:elasticloadbalancing:${local._here}:*/app/${var.name}/*", "arn:aws:elasticloadbalancing:${local._here}:targetgroup/*"]
      actions = [
        "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
        "elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets", "elasticloadbalancing:SetWebAcl",
      ]
    }
    names = {
      resources = ["arn:aws:route53:::hostedzone/*"]
      actions   = ["route53:ChangeResourceRecordSets"]
    }
    web_acls = {
      resources = ["arn:aws:wafv2:${local._here}:*/managedruleset/*", "arn:aws:wafv2:${local._here}:*/webacl/*", "arn:aws:elasticloadbalancing:${local._here}:loadbalancer/app/${var.name}/*"]
      actions = [
        "wafv2:AssociateWebACL", "wafv2:CreateWebACL", "wafv2:DeleteWebACL", "wafv2:DisassociateWebACL", "wafv2:TagResource",
        "wafv2:UntagResource", "wafv2:UpdateWebACL",
      ]
    }
  }
}

locals {
  _change_network = {
    network = {
      resources = ["arn:aws:ec2:${local._here}:*/*", "arn:aws:ec2:${var.region}::image/*"]
      actions = [
        "ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway",
        "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway", "ec2:DeleteNetworkInterface", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
        "ec2:DetachInternetGateway", "ec2:DetachNetworkInterface", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifyLaunchTemplate",
        "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress",
        "ec2:ReplaceRoute", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress", "ec2:RunInstances",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
      ]
    }
  }
}

locals {
  _change_services = {
    instances = {
      resources = ["arn:aws:autoscaling:${local._here}:autoScalingGroup:*:autoScalingGroupName/${var.name}-*"]
      actions = [
        "autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup", "autoscaling:DeleteTags",
        "autoscaling:SetInstanceProtection", "autoscaling:UpdateAutoScalingGroup",
      ]
    }
    scaling = {
      resources = ["arn:aws:application-autoscaling:${local._here}:scalable-target/*"]
      actions = [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction", "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:PutScalingPolicy", "application-autoscaling:PutScheduledAction",
        "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource", "application-autoscaling:UntagResource",
      ]
    }
    tasks = {
      resources = concat(local.reads.clusters.resources, ["arn:aws:ecs:${local._here}:task-definition/${var.name}-*"])
      actions = [
        "ecs:CreateCapacityProvider", "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCapacityProvider", "ecs:DeleteCluster", "ecs:DeleteService",
        "ecs:DeleteTaskDefinitions", "ecs:PutClusterCapacityProviders", "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StopServiceDeployment",
        "ecs:StopTask", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCapacityProvider", "ecs:UpdateCluster", "ecs:UpdateClusterSettings",
        "ecs:UpdateService",
      ]
    }
    # AWS allows these on no single resource.
    unscoped = {
      resources = ["*"]
      actions = [
        "ecr:CreatePullThroughCacheRule", "ecr:DeletePullThroughCacheRule", "ecr:PutReplicationConfiguration", "ecs:DeregisterTaskDefinition",
      ]
    }
  }
}

locals {
  _change_watching = {
    alarms = {
      resources = ["arn:aws:cloudwatch::${var.account_id}:dashboard/${var.name}*", "arn:aws:cloudwatch:${local._here}:alarm:${var.name}*"]
      actions = [
        "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ]
    }
    logs = {
      resources = ["arn:aws:logs:${local._here}:log-group:/*/${var.name}*"]
      actions = [
        "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy", "logs:TagResource",
        "logs:UntagResource",
      ]
    }
    messages = {
      resources = ["arn:aws:sns:${local._here}:${var.name}*", "arn:aws:sqs:${local._here}:${var.name}*"]
      actions = [
        "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
        "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue",
      ]
    }
    schedules = {
      resources = ["arn:aws:events:${local._here}:rule/${var.name}*", "arn:aws:scheduler:${local._here}:schedule-group/${var.name}*", "arn:aws:scheduler:${local._here}:schedule/*/${var.name}*"]
      actions = [
        "events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
        "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup",
        "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
      ]
    }
  }
}

data "aws_iam_policy_document" "change" {
  for_each = local.changes

  dynamic "statement" {
    for_each = each.value

    content {
      sid       = replace(title(replace(statement.key, "_", " ")), " ", "")
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_policy" "change" {
  for_each = local.changes

  name        = "${var.name}-github-${replace(each.key, "_", "-")}"
  description = "What an apply of ${var.name} changes: ${replace(each.key, "_", " ")}"
  policy      = data.aws_iam_policy_document.change[each.key].json
}

# Roles are handed to these services only, and the workflows' own roles and policies to nobody: with what an apply may
# put into a role, it could otherwise give itself every right.
data "aws_iam_policy_document" "limits" {
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${var.name}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  statement {
    sid       = "LeaveOwnRights"
    effect    = "Deny"
    actions   = setunion(local._change_identities.roles.actions, ["iam:PassRole"])
    resources = ["arn:aws:iam::${var.account_id}:policy/${var.name}-github-*", "arn:aws:iam::${var.account_id}:role/${var.name}-github-*"]
  }
}

resource "aws_iam_role_policy" "limits" {
  name   = "limits"
  role   = aws_iam_role.github["apply"].name
  policy = data.aws_iam_policy_document.limits.json
}
