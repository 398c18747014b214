output "rules" {
  description = "By service, its listener rules: name to `host`, `path` (\"\" is any) and `priority`."
  value       = local.rules_of_services

  # A precondition of an output, because a variable's validation cannot use locals.
  precondition {
    condition = length(local.default_services) <= 1
    error_message = join(" ", [
      "services must have at most one without route.hosts and route.paths (the default route),",
      "got ${join(", ", local.default_services)}.",
    ])
  }

  precondition {
    condition = alltrue([for hosts in local.bad_hosts : length(hosts) == 0])
    error_message = join("\n", [for service, hosts in local.bad_hosts : format(
      join(" ", [
        "services.%s.route.hosts must be lower-case host names of at most 128 characters, with a * only as their first",
        "label, got %s.",
      ]),
      service, join(", ", hosts)
    ) if length(hosts) > 0])
  }

  precondition {
    condition = alltrue([for paths in local.bad_paths : length(paths) == 0])
    error_message = join("\n", [for service, paths in local.bad_paths : format(
      join(" ", [
        "services.%s.route.paths must begin with /, have a * only at their end, at most 128 characters, and not be /*",
        "(leave them empty), got %s.",
      ]),
      service, join(", ", paths)
    ) if length(paths) > 0])
  }

  precondition {
    condition     = length(local.overlaps) == 0
    error_message = "services must not claim the same requests, got ${join("; ", local.overlaps)}."
  }

  precondition {
    condition = length(local.crowded) == 0
    error_message = join(" ", [
      "services must not have more than three routes whose hashes meet; call one of these otherwise,",
      "got ${join(", ", local.crowded)}.",
    ])
  }
}

output "slot_rules" {
  description = "By service with two slots or with variants, and by variant, what leads to its newest version alone: `listener`, `priority` and `header`, the value of X-Slot."
  value       = local.slot_rules

  precondition {
    condition = alltrue([for rest in local.rest : rest >= 1])
    error_message = join("\n", [for service, rest in local.rest : format(
      "services.%s.variants must have weights of at most 99 together (the service keeps the rest of 100), got %s.",
      service, 100 - rest
    ) if rest < 1])
  }

  precondition {
    condition = alltrue([for count in local.group_counts : count <= 5])
    error_message = join("\n", [for service, count in local.group_counts : format(
      "services.%s.variants must leave a rule at most 5 target groups, the service's included (AWS's limit), got %s.",
      service, count
    ) if count > 5])
  }

  precondition {
    condition = length(local.late_slots) == 0
    error_message = join(" ", [
      "services must have rollout.strategy rolling, and no variants, where an exact host and path have an earlier place",
      "than the header that leads to one version, got ${join(", ", local.late_slots)}.",
    ])
  }
}
