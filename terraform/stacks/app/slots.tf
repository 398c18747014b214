# One slot per service, blue, until a new version runs in parallel; then the slot that stays is blue or green.
locals {
  _no_slot = { weight = 100, task_definition_arn = null, desired_count = null, limits = null, settings = null }
  _slots_of = {
    for name, service in local.services : name => try(
      { for slot, given in service.slots : slot => merge(local._no_slot, given) },
      { blue = merge(local._no_slot, { desired_count = service.desired_count, limits = service.limits }) }
    )
  }

  # What each slot has; the first slot uses the service's own name. An earlier version keeps its settings of the target
  # group and the service.
  slots = merge([
    for name, slots in local._slots_of : {
      for slot, given in slots : slot == "blue" ? name : "${name} ${slot}" => {
        service  = name
        slot     = slot
        name     = slot == "blue" ? name : "${name}-${slot}"
        weight   = given.weight
        settings = given.settings
        protocol = try(given.settings.protocol, local.services[name].protocol)
        health   = try(given.settings.health, local.services[name].health)
        rollout  = try(given.settings.rollout, local.services[name].rollout)
      }
    }
  ]...)
  _keys_of = { for name in keys(local.services) : name => { for key, each in local.slots : each.slot => key if each.service == name } }
}

locals {
  # What each slot's service runs; null is the version of this plan.
  service_slots = {
    for name, slots in local._slots_of : name => {
      for slot, given in slots : slot => {
        task_definition_arn = given.task_definition_arn
        alarms              = local.rollback_alarms[local._keys_of[name][slot]]
        desired_count       = given.desired_count
        limits              = given.limits
        settings = given.settings == null ? null : {
          port                    = try(given.settings.port, null)
          exec                    = try(given.settings.exec, null)
          grace_seconds           = try(given.settings.health.grace_seconds, null)
          minimum_healthy_percent = try(given.settings.rollout.minimum_healthy_percent, null)
          maximum_percent         = try(given.settings.rollout.maximum_percent, null)
          capacity = merge(try(given.settings.capacity, {}), {
            ec2 = try(module.ec2_capacity[given.settings.capacity.ec2].capacity_provider, null)
          })
        }
      }
    }
  }
  targets = {
    for name, slots in local._slots_of : name => {
      newest  = concat([for slot, given in slots : slot if given.task_definition_arn == null], keys(slots))[0]
      header  = "${local.prefix}-${name}"
      variant = local.services[name].variant
      slots = {
        for slot, given in slots : slot => {
          arn    = module.target_group[local._keys_of[name][slot]].arn
          weight = given.weight
        }
      }
    }
  }
}

locals {
  # What each slot contains; a refresh finds those of the state, whatever the variables say. `lookup`, since the value of
  # a `try` is unknown to a plan as soon as one attribute is.
  _group_arns = { for key, group in module.target_group : key => group.arn }
  live_slots = {
    for name, service in module.ecs_service : name => {
      for slot, each in service.slots : slot => merge(each, {
        target_group_arn = lookup(local._group_arns, lookup(local._keys_of[name], slot, ""), null)
        is_newest        = try(local._slots_of[name][slot].task_definition_arn == null, false)
      })
    }
  }
}
