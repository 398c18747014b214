# What else an apply and a destroy change. Resources with names are restricted to the environment's prefix, and to its
# tags if other environments may have such names. Parts of the network have ids that AWS chooses, so their permissions
# go only by the tags.
locals {
  changes = {
    data           = local._change_data
    identities     = merge(local._change_identities, local._change_keys)
    load_balancing = local._change_load_balancing
    network        = local._change_network
    services       = local._change_services
    watching       = local._change_watching
  }
}

locals {
  _change_data = {
    buckets = {
      resources = concat(values(local._buckets), [for arn in values(local._buckets) : "${arn}/*"])
      actions = [
        "s3:AbortMultipartUpload", "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteBucketWebsite", "s3:DeleteObject",
        "s3:DeleteObjectVersion", "s3:PutBucketCORS", "s3:PutBucketLogging", "s3:PutBucketNotification", "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration", "s3:PutObject", "s3:PutReplicationConfiguration",
      ]
    }
    images = {
      resources = local._image_arns
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
      resources = local._identity_arns
      when      = local._ours
      actions = [
        "iam:AddRoleToInstanceProfile", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:CreateRole", "iam:DeleteInstanceProfile",
        "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:RemoveRoleFromInstanceProfile",
        "iam:TagInstanceProfile", "iam:TagRole", "iam:UntagInstanceProfile", "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
      ]
    }
    # The first such resource of an account makes AWS create its service-linked role.
    service_linked_roles = {
      resources = ["arn:aws:iam::${var.account_id}:role/aws-service-role/*"]
      actions   = ["iam:CreateServiceLinkedRole"]
      when      = [{ test = "StringEquals", variable = "iam:AWSServiceName", values = local._linked_services }]
    }
  }
  _linked_services = [
    "autoscaling.amazonaws.com", "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com", "pullthroughcache.ecr.amazonaws.com", "spot.amazonaws.com",
  ]
}

locals {
  _change_keys = {
    # AWS knows the tags of a new key only minutes later.
    new_keys = {
      resources = ["arn:aws:kms:${local._here}:alias/${var.name}-*", "arn:aws:kms:${local._here}:key/*"]
      when      = local._ours
      actions   = ["kms:CreateAlias", "kms:EnableKeyRotation", "kms:TagResource"]
    }
    aliases = {
      resources = ["arn:aws:kms:${local._here}:alias/${var.name}-*"]
      actions   = ["kms:DeleteAlias"]
    }
    own_keys = {
      resources = ["arn:aws:kms:${local._here}:key/*"]
      when      = local._tagged
      actions = [
        "kms:DeleteAlias", "kms:PutKeyPolicy", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:UntagResource", "kms:UpdateKeyDescription",
      ]
    }
  }
}

locals {
  _change_load_balancing = {
    certificates = {
      resources = ["arn:aws:acm:${local._here}:certificate/*"]
      when      = local._ours
      actions   = ["acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"]
    }
    load_balancers = {
      resources = concat(
        ["arn:aws:elasticloadbalancing:${local._here}:targetgroup/${var.name}-*/*"],
        [for kind in ["listener", "listener-rule", "loadbalancer"] : "arn:aws:elasticloadbalancing:${local._here}:${kind}/app/${var.name}/*"]
      )
      when = local._ours
      actions = [
        "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:CreateWebACLAssociation", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeleteWebACLAssociation",
        "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes",
        "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule", "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags",
        "elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
      ]
    }
    names = {
      resources = ["arn:aws:route53:::hostedzone/*"]
      actions   = ["route53:ChangeResourceRecordSets"]
    }
    # AWS does not allow these for a single resource.
    unscoped = {
      resources = ["*"]
      actions   = ["acm:RequestCertificate", "elasticloadbalancing:SetWebAcl"]
    }
    web_acls = {
      resources = ["arn:aws:wafv2:${local._here}:regional/managedruleset/*", "arn:aws:wafv2:${local._here}:regional/webacl/${var.name}/*"]
      actions = [
        "wafv2:CreateWebACL", "wafv2:DeleteWebACL", "wafv2:TagResource", "wafv2:UntagResource", "wafv2:UpdateWebACL",
      ]
    }
    # A web ACL may belong to somebody else: alb.waf.web_acl_arn names it.
    web_acl_associations = {
      resources = ["arn:aws:wafv2:${local._here}:regional/webacl/*", "arn:aws:elasticloadbalancing:${local._here}:loadbalancer/app/${var.name}/*"]
      actions   = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
    }
  }
}

locals {
  _change_network = {
    network = {
      resources = concat(local._network_arns, ["arn:aws:ec2:${local._here}:instance/*", "arn:aws:ec2:${local._here}:volume/*", "arn:aws:ec2:${var.region}::image/*"])
      actions = [
        "ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:DeleteNetworkInterface", "ec2:DeleteTags",
        "ec2:DetachNetworkInterface", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules",
        "ec2:ModifyVpcEndpoint", "ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
        "ec2:RunInstances", "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
      ]
    }
    own_parts = {
      resources = local._network_arns
      when      = local._tagged
      actions = [
        "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway", "ec2:DeleteRoute",
        "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
        "ec2:DeleteVpcPeeringConnection", "ec2:DetachInternetGateway", "ec2:ModifyLaunchTemplate", "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
      ]
    }
    # An endpoint with private DNS associates a zone of AWS's with the VPC, so AWS requires this.
    private_names = {
      resources = ["arn:aws:ec2:${local._here}:vpc/*", "arn:aws:route53:::hostedzone/*"]
      actions   = ["route53:AssociateVPCWithHostedZone"]
    }
  }
}

locals {
  _change_services = {
    # A launch template's AMI is resolved with the caller's permissions, from AWS's own parameters.
    amis = {
      resources = ["arn:aws:ssm:${var.region}:*:parameter/aws/service/ecs/optimized-ami/*"]
      actions   = ["ssm:GetParameters"]
    }
    instances = {
      resources = ["arn:aws:autoscaling:${local._here}:autoScalingGroup:*:autoScalingGroupName/${var.name}-*"]
      when      = local._ours
      actions = [
        "autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup", "autoscaling:DeleteTags",
        "autoscaling:SetInstanceProtection", "autoscaling:UpdateAutoScalingGroup",
      ]
    }
    scaling = {
      resources = ["arn:aws:application-autoscaling:${local._here}:scalable-target/*"]
      when      = local._ours
      actions = [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction", "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:PutScalingPolicy", "application-autoscaling:PutScheduledAction",
        "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource", "application-autoscaling:UntagResource",
      ]
    }
    tasks = {
      resources = concat(local._cluster_arns, ["arn:aws:ecs:${local._here}:task-definition/${var.name}-*"])
      when      = local._ours
      actions = [
        "ecs:CreateCapacityProvider", "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCapacityProvider", "ecs:DeleteCluster", "ecs:DeleteService",
        "ecs:DeleteTaskDefinitions", "ecs:ExecuteCommand", "ecs:PutClusterCapacityProviders", "ecs:RegisterTaskDefinition", "ecs:RunTask",
        "ecs:StopServiceDeployment", "ecs:StopTask", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCapacityProvider", "ecs:UpdateCluster",
        "ecs:UpdateClusterSettings", "ecs:UpdateService",
      ]
    }
    # AWS does not allow these for a single resource. The account's stack sets the rules for copies; a destroy removes
    # its own.
    unscoped = {
      resources = ["*"]
      actions = [
        "ecr:CreatePullThroughCacheRule", "ecr:DeletePullThroughCacheRule", "ecr:PutReplicationConfiguration", "ecr:UpdatePullThroughCacheRule",
        "ecs:DeregisterTaskDefinition", "kms:CreateKey",
      ]
    }
  }
}

locals {
  _change_watching = {
    alarms = {
      resources = ["arn:aws:cloudwatch:${local._here}:alarm:${var.name}-*"]
      when      = local._ours
      actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
    }
    # Target tracking creates and deletes its alarms with the permissions of the caller that sets the policy.
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
    alarms_of_scaling = {
      resources = ["arn:aws:cloudwatch:${local._here}:alarm:TargetTracking-service/${var.name}/*"]
      actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
    }
    dashboards = {
      resources = ["arn:aws:cloudwatch::${var.account_id}:dashboard/${var.name}"]
      actions   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
    }
    # An apply also reads why a task ended.
    logs = {
      resources = local._log_arns
      actions = [
        "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteRetentionPolicy",
        "logs:DeleteSubscriptionFilter", "logs:DisassociateKmsKey",
        "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
      ]
    }
    messages = {
      resources = local._message_arns
      when      = local._ours
      actions = [
        "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
        "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue",
      ]
    }
    schedules = {
      resources = local._trigger_arns
      when      = local._ours
      actions = [
        "events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
        "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup",
        "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
      ]
    }
  }
}
