# What a plan reads: the state, and each resource. It reads no values of secrets and no log lines.
locals {
  _reads = merge(local._reads_by_name, local._reads_by_id)
}

locals {
  # Resources whose names begin with the environment's prefix.
  _reads_by_name = {
    clusters = {
      resources = local._cluster_arns
      actions = [
        "ecs:DescribeCapacityProviders", "ecs:DescribeClusters", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions",
        "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServiceDeployments", "ecs:ListTagsForResource", "ecs:ListTasks",
      ]
    }
    events = {
      resources = local._trigger_arns
      actions = [
        "events:DescribeRule", "events:ListTagsForResource", "scheduler:GetSchedule",
        "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
      ]
    }
    identities = {
      resources = concat(local._identity_arns, ["arn:aws:iam::${var.account_id}:policy/${var.name}-*"])
      actions = [
        "iam:GetInstanceProfile", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListPolicyTags",
        "iam:ListAttachedRolePolicies", "iam:ListInstanceProfileTags", "iam:ListInstanceProfilesForRole", "iam:ListPolicyVersions", "iam:ListRolePolicies", "iam:ListRoleTags",
      ]
    }
    images = {
      resources = local._image_arns
      actions = [
        "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListImages",
        "ecr:ListTagsForResource",
      ]
    }
    logs = {
      resources = local._log_arns
      actions   = ["logs:DescribeLogStreams", "logs:DescribeMetricFilters", "logs:DescribeSubscriptionFilters", "logs:ListTagsForResource"]
    }
    messages = {
      resources = local._message_arns
      actions = [
        "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
        "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
      ]
    }
    objects = local._object_reads
    watching = {
      resources = ["arn:aws:cloudwatch::${var.account_id}:dashboard/${var.name}", "arn:aws:cloudwatch:${local._here}:alarm:*"]
      actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"]
    }
  }
}

locals {
  # Certificates, keys, scalable targets and zones have ids that AWS chooses; secrets and web ACLs may be somebody
  # else's.
  _reads_by_id = {
    certificates = {
      resources = ["arn:aws:acm:${local._here}:certificate/*"]
      actions   = ["acm:DescribeCertificate", "acm:ListTagsForCertificate"]
    }
    keys = {
      resources = ["arn:aws:kms:${local._here}:key/*"]
      actions   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListResourceTags"]
    }
    # The tags of the account's OIDC provider for GitHub say to whom it belongs.
    identity_providers = {
      resources = ["arn:aws:iam::${var.account_id}:oidc-provider/*"]
      actions   = ["iam:GetOpenIDConnectProvider"]
    }
    names = {
      resources = ["arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"]
      actions   = ["route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"]
    }
    # Rules of somebody else may start tasks in the environment's cluster.
    rules = {
      resources = ["arn:aws:events:${local._here}:rule/*"]
      actions   = ["events:ListTargetsByRule"]
    }
    scaling = {
      resources = ["arn:aws:application-autoscaling:${local._here}:scalable-target/*"]
      actions   = ["application-autoscaling:ListTagsForResource"]
    }
    secrets = {
      resources = ["arn:aws:secretsmanager:${local._here}:secret:*"]
      actions   = ["secretsmanager:DescribeSecret"]
    }
    web_acls = {
      resources = ["arn:aws:wafv2:${local._here}:regional/webacl/*", "arn:aws:elasticloadbalancing:${local._here}:loadbalancer/app/${var.name}/*"]
      actions = [
        "elasticloadbalancing:GetLoadBalancerWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource", "wafv2:ListTagsForResource",
      ]
    }
  }
}

locals {
  _object_reads = {
    resources = concat(values(local._buckets), [for arn in values(local._buckets) : "${arn}/*"])
    actions = [
      "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
      "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetObject", "s3:GetObjectVersion", "s3:GetReplicationConfiguration",
      "s3:ListBucket", "s3:ListBucketVersions",
    ]
  }
}

# AWS does not allow these for a single resource, or requires all if none is named (Service Authorization Reference).
locals {
  _lists = {
    unscoped = {
      resources = ["*"]
      actions = [
        "acm:ListCertificates", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingActivities",
        "application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions",
        "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags",
        "cloudtrail:LookupEvents", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListDashboards",
        "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs",
        "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeLaunchTemplates", "ec2:DescribeManagedPrefixLists", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets", "ec2:DescribeVolumes", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcs",
        "ecr:DescribePullThroughCacheRules", "ecr:DescribeRegistry", "ecr:DescribeRepositories", "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices", "ecs:ListTaskDefinitions",
        "elasticloadbalancing:DescribeAccountLimits", "elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeWebACLAssociation",
        "events:ListRuleNamesByTarget", "events:ListRules", "iam:ListInstanceProfiles", "iam:ListOpenIDConnectProviders", "iam:ListPolicies", "iam:ListRoles", "kms:ListAliases", "kms:ListKeys", "logs:DescribeLogGroups", "s3:ListAllMyBuckets",
        "scheduler:ListScheduleGroups", "scheduler:ListSchedules", "servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota",
        "servicequotas:ListServiceQuotas", "sns:ListTopics", "sqs:ListQueues", "ssm:DescribeParameters", "tag:GetResources",
        "wafv2:ListWebACLs",
      ]
    }
  }
}
