locals {
  # What a slot runs: the version of this plan, or an earlier one with the service's settings of that time.
  slots = {
    for slot, given in var.rollout.slots : slot => {
      name                = slot == "blue" ? var.name : "${var.name}-${slot}"
      task_definition_arn = given.task_definition_arn
      alarms              = given.alarms

      # count
      limits = local._limits[slot]
      desired_count = min(
        max(coalesce(given.desired_count, local._limits[slot].min), local._limits[slot].min), local._limits[slot].max
      )

      # deployment
      capacity                = local._capacity[slot]
      port                    = coalesce(try(given.settings.port, null), var.container.port)
      exec                    = coalesce(try(given.settings.exec, null), var.container.exec)
      grace_seconds           = coalesce(try(given.settings.grace_seconds, null), var.health.grace_seconds)
      minimum_healthy_percent = coalesce(try(given.settings.minimum_healthy_percent, null), var.rollout.minimum_healthy_percent)
      maximum_percent         = coalesce(try(given.settings.maximum_percent, null), var.rollout.maximum_percent)
    }
  }

  # Bounds that a schedule has set must survive a plan: like the count, they are read before it and passed to it.
  _limits = {
    for slot, given in var.rollout.slots : slot => coalesce(given.limits, { min = var.scaling.min, max = var.scaling.max })
  }
}
