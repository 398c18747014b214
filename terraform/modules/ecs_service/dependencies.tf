# Which containers wait for which. It is an output, because a variable's validation cannot use locals.
locals {
  _optional = [for name, sidecar in var.container.sidecars : name if !sidecar.essential]
  _awaitable = {
    START    = concat([var.name], keys(var.container.sidecars))
    COMPLETE = local._optional
    SUCCESS  = local._optional
    HEALTHY = concat(
      var.container.health_check == null ? [] : [var.name],
      [for name, sidecar in var.container.sidecars : name if sidecar.health_check != null],
    )
  }

  _dependencies = concat(
    [for other, condition in var.container.depends_on : { name = var.name, other = other, condition = condition }],
    flatten([for name, sidecar in var.container.sidecars : [
      for other, condition in sidecar.depends_on : { name = name, other = other, condition = condition }
    ]])
  )
  faulty_dependencies = [
    for each in local._dependencies : "${each.name} on ${each.other} ${each.condition}"
    if each.name == each.other || !contains(lookup(local._awaitable, each.condition, []), each.other)
  ]
}

output "containers" {
  description = "Names of the containers of a task, the service's own first."
  value       = concat([var.name], keys(var.container.sidecars))

  precondition {
    condition = length(local.faulty_dependencies) == 0
    error_message = join(" ", [
      "services.${var.name}.depends_on must name other containers with START, COMPLETE or SUCCESS (neither for an",
      "essential one) or HEALTHY (of one with a health_check), got ${join(", ", local.faulty_dependencies)}.",
    ])
  }
}
