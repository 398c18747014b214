# With egress = endpoints, tasks reach only the AWS services that have an endpoint. Each line is such a service, and the
# names of the services and jobs whose tasks call it. If tasks call another AWS service, add a line here.
locals {
  _secret_arns = merge(
    {
      for name, service in local.services : name => concat(
        values(service.secrets),
        flatten([for sidecar in service.sidecars : values(coalesce(lookup(sidecar, "secrets", null), {}))]),
      )
    },
    { for name, job in local.jobs : name => values(job.secrets) },
  )
  _names        = keys(local._secret_arns)
  _instances_of = { for name, service in local.services : name => lookup(service.capacity, "ec2", null) }
  _on_instances = [for name, group in local._instances_of : name if group != null]
  _in_sessions  = [for name, service in local.services : name if service.exec]
  _callers = {
    "ecr.api" = local._names
    "ecr.dkr" = local._names
    "logs"    = local._names
    "secretsmanager" = [
      for name, arns in local._secret_arns : name if anytrue([for arn in arns : strcontains(arn, ":secretsmanager:")])
    ]
    "ssm" = [
      for name, arns in local._secret_arns : name if anytrue([for arn in arns : strcontains(arn, ":ssm:")])
    ]
    "ssmmessages"   = local._in_sessions
    "kms"           = var.cluster.exec_logs == null ? [] : local._in_sessions
    "ecs"           = local._on_instances
    "ecs-agent"     = local._on_instances
    "ecs-telemetry" = local._on_instances
  }
  callers_of = { for service, names in local._callers : service => names if length(names) > 0 }

  # A VPC of this stack always has the gateway endpoint for S3; for an existing VPC its owner must list it.
  needed_endpoints = sort(concat(keys(local.callers_of), ["s3"]))

  missing_endpoints = var.network.existing == null || var.network.egress != "endpoints" ? [] : [
    for service in local.needed_endpoints :
    "${service} for ${join(", ", lookup(local.callers_of, service, local._names))}"
    if !contains(var.network.existing.endpoints, service)
  ]
}

locals {
  # An endpoint serves its own region. A value that is no ARN is refused elsewhere, and not shown: it may be the secret.
  far_secrets = var.network.egress != "endpoints" ? [] : distinct([
    for arn in flatten(values(local._secret_arns)) : arn
    if startswith(arn, "arn:") && !strcontains(arn, ":${var.region}:")
  ])

  # There is no endpoint for a registry outside ECR.
  _images = concat(
    [for each in concat(values(local.services), values(local.jobs)) : each.image if each.repository_arn == null],
    flatten([for service in local.services : [for sidecar in service.sidecars : lookup(sidecar, "image", null)]]),
  )
  far_images = var.network.egress != "endpoints" ? [] : [
    for image in compact(local._images) : image if !strcontains(image, ".dkr.ecr.${var.region}.amazonaws.com/")
  ]
}

output "endpoints" {
  description = "By AWS service with an endpoint, the names of the services and jobs whose tasks call it."
  value       = local.callers_of

  precondition {
    condition = length(local.missing_endpoints) == 0
    error_message = join(" ", [
      "network.existing.endpoints must name every endpoint that tasks call by with network.egress endpoints (they have",
      "no other way), missing ${join("; ", local.missing_endpoints)}.",
    ])
  }

  precondition {
    condition = length(local.far_secrets) == 0
    error_message = join(" ", [
      "services.*.secrets and jobs.*.secrets must be in ${var.region} with network.egress endpoints (an endpoint serves",
      "its own region), got ${join(", ", local.far_secrets)}.",
    ])
  }

  precondition {
    condition = length(local.far_images) == 0
    error_message = join(" ", [
      "services.*.image, sidecars and jobs.*.image must be in ECR in ${var.region} with network.egress endpoints",
      "(there is no endpoint for another registry), got ${join(", ", local.far_images)}.",
    ])
  }
}
