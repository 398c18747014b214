# With egress = endpoints tasks reach the AWS services that have an endpoint and nothing else. Each line is a service that
# tasks call, and the names of those whose tasks do: whatever makes tasks call another one adds a line here.
locals {
  _secret_arns = merge(
    { for name, service in var.services : name => concat(values(service.secrets), flatten([for sidecar in service.sidecars : values(sidecar.secrets)])) },
    { for name, job in var.jobs : name => values(job.secrets) },
  )
  _on_instances = [for name, service in var.services : name if service.capacity.ec2 != null]
  _callers = {
    "ecr.api"        = keys(local._secret_arns)
    "ecr.dkr"        = keys(local._secret_arns)
    "logs"           = keys(local._secret_arns)
    "secretsmanager" = [for name, arns in local._secret_arns : name if anytrue([for arn in arns : strcontains(arn, ":secretsmanager:")])]
    "ssm"            = [for name, arns in local._secret_arns : name if anytrue([for arn in arns : strcontains(arn, ":ssm:")])]
    "ssmmessages"    = [for name, service in var.services : name if service.exec]
    "kms"            = [for name, service in var.services : name if service.exec && var.cluster.exec_logs != null]
    "ecs"            = local._on_instances
    "ecs-agent"      = local._on_instances
    "ecs-telemetry"  = local._on_instances
  }
  callers_of = { for service, names in local._callers : service => names if length(names) > 0 }

  # S3 is always there in a VPC made here, as a gateway endpoint; in an existing one its owner has to say so.
  needed_endpoints = sort(concat(keys(local.callers_of), ["s3"]))
  missing_endpoints = var.network.existing == null || var.network.egress != "endpoints" ? [] : [
    for service in local.needed_endpoints : "${service} for ${join(", ", lookup(local.callers_of, service, keys(local._secret_arns)))}"
    if !contains(var.network.existing.endpoints, service)
  ]

  # An endpoint serves its own region. What is no ARN is refused elsewhere, and not shown: it may be the secret.
  far_secrets = var.network.egress != "endpoints" ? [] : distinct([
    for arn in flatten(values(local._secret_arns)) : arn if startswith(arn, "arn:") && !strcontains(arn, ":${var.region}:")
  ])
}
