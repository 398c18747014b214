# What a plan reads: the state, and each resource as it is. Secrets' values are not among it.
locals {
  _here   = "${var.region}:${var.account_id}"
  _bucket = "arn:aws:s3:::${var.name}-*"

  reads = {
    unscoped = { resources = ["*"], actions = local._unscoped_reads }
    scaling = {
      resources = ["arn:aws:application-autoscaling:${local._here}:scalable-target/*"]
      actions   = ["application-autoscaling:ListTagsForResource"]
    }
    keys = {
      resources = ["arn:aws:kms:${local._here}:key/*"]
      actions   = ["kms:DescribeKey"]
    }
    certificates = {
      resources = ["arn:aws:acm:${local._here}:certificate/*"] # named by AWS, not by us
      actions   = ["acm:DescribeCertificate", "acm:ListTagsForCertificate"]
    }
    clusters = {
      resources = ["arn:aws:ecs:${local._here}:*/${var.name}", "arn:aws:ecs:${local._here}:*/${var.name}/*", "arn:aws:ecs:${local._here}:capacity-provider/${var.name}-*"]
      actions = [
        "ecs:DescribeCapacityProviders", "ecs:DescribeClusters", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions",
        "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServiceDeployments", "ecs:ListTagsForResource", "ecs:ListTasks",
      ]
    }
    events = {
      resources = ["arn:aws:events:${local._here}:rule/*", "arn:aws:scheduler:${local._here}:schedule-group/*", "arn:aws:scheduler:${local._here}:schedule/*"]
      actions = [
        "events:DescribeRule", "events:ListRules", "events:ListTagsForResource", "events:ListTargetsByRule", "scheduler:GetSchedule",
        "scheduler:GetScheduleGroup", "scheduler:ListScheduleGroups", "scheduler:ListSchedules", "scheduler:ListTagsForResource",
      ]
    }
    identities = local._identity_reads
    images = {
      resources = ["arn:aws:ecr:${local._here}:repository/${var.name}/*"]
      actions = [
        "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy",
        "ecr:ListImages", "ecr:ListTagsForResource",
      ]
    }
    names = {
      resources = ["arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"] # a zone's id is AWS's
      actions   = ["route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"]
    }
    objects  = local._object_reads
    watching = local._watching_reads
  }
}

locals {
  _identity_reads = {
    resources = ["arn:aws:iam::${var.account_id}:instance-profile/${var.name}-*", "arn:aws:iam::${var.account_id}:policy/${var.name}-*", "arn:aws:iam::${var.account_id}:role/${var.name}-*"]
    actions = [
      "iam:GetInstanceProfile", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListPolicyTags",
      "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListPolicyVersions", "iam:ListRolePolicies", "iam:ListRoleTags",
    ]
  }
}

locals {
  _object_reads = {
    resources = [local._bucket, "${local._bucket}/*"]
    actions = [
      "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
      "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetObject", "s3:GetObjectVersion", "s3:GetReplicationConfiguration",
      "s3:ListBucket", "s3:ListBucketVersions",
    ]
  }
}

# AWS allows these on no single resource (Service Authorization Reference).
locals {
  _unscoped_reads = [
    "acm:ListCertificates", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingActivities",
    "application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions",
    "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags",
    "cloudtrail:LookupEvents", "cloudwatch:GetMetricStatistics", "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs",
    "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
    "ecr:DescribePullThroughCacheRules", "ecr:DescribeRegistry", "ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices", "ecs:ListTaskDefinitions",
    "elasticloadbalancing:DescribeAccountLimits", "elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth", "iam:ListPolicies", "iam:ListRoles", "kms:ListAliases",
    "s3:ListAllMyBuckets", "servicequotas:GetServiceQuota", "servicequotas:ListServiceQuotas", "ssm:DescribeParameters",
    "tag:GetResources",
  ]
}

locals {
  _watching_reads = {
    resources = [
      "arn:aws:cloudwatch::${var.account_id}:dashboard/${var.name}*", "arn:aws:cloudwatch:${local._here}:alarm:*", "arn:aws:logs:${local._here}:log-group:*",
      "arn:aws:secretsmanager:${local._here}:secret:*", "arn:aws:sns:${local._here}:*", "arn:aws:sqs:${local._here}:${var.name}*", "arn:aws:wafv2:${local._here}:*/webacl/*",
    ]
    actions = [
      "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListDashboards", "cloudwatch:ListTagsForResource",
      "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:ListTagsForResource",
      "secretsmanager:DescribeSecret", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
      "sns:ListTagsForResource", "sns:ListTopics", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:ListQueues",
      "wafv2:GetWebACL", "wafv2:GetWebACLForResource", "wafv2:ListTagsForResource", "wafv2:ListWebACLs",
    ]
  }
}

data "aws_iam_policy_document" "read" {
  dynamic "statement" {
    for_each = local.reads

    content {
      sid       = title(statement.key)
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_policy" "read" {
  name        = "${var.name}-github-read"
  description = "What a plan of ${var.name} reads"
  policy      = data.aws_iam_policy_document.read.json
}

# Also a plan takes Terraform's lock, which is an object beside the state.
data "aws_iam_policy_document" "lock" {
  statement {
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::${var.name}-state-${var.account_id}/*.tflock"]
  }
}

resource "aws_iam_role_policy" "lock" {
  name   = "lock-state"
  role   = aws_iam_role.github["plan"].name
  policy = data.aws_iam_policy_document.lock.json
}
