# The resources of the statements. Names cannot separate two environments if one begins like the other, as in shop-prod
# and shop-prod-eu. The tags of all resources can, wherever AWS checks them.
locals {
  _here    = "${var.region}:${var.account_id}"
  _buckets = { for name in ["access-logs", "models", "state"] : name => "arn:aws:s3:::${var.name}-${name}-${var.account_id}" }

  # The kind of a resource must not be a wildcard.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
  _cluster_arns = concat(
    ["arn:aws:ecs:${local._here}:capacity-provider/${var.name}-*", "arn:aws:ecs:${local._here}:cluster/${var.name}"],
    [for kind in ["container-instance", "service", "service-deployment", "service-revision", "task"] : "arn:aws:ecs:${local._here}:${kind}/${var.name}/*"]
  )
  _network_arns = [for kind in [
    "elastic-ip", "internet-gateway", "launch-template", "natgateway", "network-interface", "route-table", "security-group",
    "security-group-rule", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log", "vpc-peering-connection",
  ] : "arn:aws:ec2:${local._here}:${kind}/*"]
  _identity_arns = ["arn:aws:iam::${var.account_id}:instance-profile/${var.name}-*", "arn:aws:iam::${var.account_id}:role/${var.name}-*"]
  _image_arns    = ["arn:aws:ecr:${local._here}:repository/${var.name}/*"]
  _log_arns = [
    "arn:aws:logs:${local._here}:log-group:/ecs/${var.name}/*", "arn:aws:logs:${local._here}:log-group:/vpc/${var.name}/*",
    "arn:aws:logs:${local._here}:log-group:/aws/ecs/containerinsights/${var.name}/*",
  ]
  _message_arns = [
    "arn:aws:sns:${local._here}:${var.name}-alarms", "arn:aws:sns:${local._here}:${var.name}-alarms:*",
    "arn:aws:sqs:${local._here}:${var.name}-*",
  ]
  _trigger_arns = [
    "arn:aws:events:${local._here}:rule/${var.name}-*", "arn:aws:scheduler:${local._here}:schedule-group/${var.name}-*",
    "arn:aws:scheduler:${local._here}:schedule/${var.name}-*/*",
  ]

  # A new resource has no tags yet.
  _ours = [for key, value in var.tags : { test = "StringEqualsIfExists", variable = "aws:ResourceTag/${key}", values = [value] }]
  # A resource with an id that AWS chooses is the environment's only by its tags.
  _tagged = [for key, value in var.tags : { test = "StringEquals", variable = "aws:ResourceTag/${key}", values = [value] }]
}
