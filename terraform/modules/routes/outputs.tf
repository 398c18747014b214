output "rules" {
  description = "By service, its listener rules: name to `host`, `path` (\"\" is any) and `priority`."
  value       = local.rules_of_services

  # Here because a variable's own validation must not look at what is worked out from it.
  precondition {
    condition = length(local.default_services) <= 1
    error_message = join(" ", [
      "services must have at most one without route.hosts and route.paths (the default route),",
      "got ${join(", ", local.default_services)}.",
    ])
  }

  precondition {
    condition = length(local.bad_hosts) == 0
    error_message = join(" ", [
      "services.*.route.hosts must be lower-case host names of at most 128 characters, with a * only as their first",
      "label, got ${join(", ", local.bad_hosts)}.",
    ])
  }

  precondition {
    condition = length(local.bad_paths) == 0
    error_message = join(" ", [
      "services.*.route.paths must begin with /, have a * only at their end, at most 128 characters, and not be /*",
      "(leave them empty), got ${join(", ", local.bad_paths)}.",
    ])
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
