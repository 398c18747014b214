locals {
  on_instances = var.platform.capacity.ec2 != null

  # By slot, the capacity providers among which its tasks are shared.
  _wanted = { for slot, given in var.rollout.slots : slot => coalesce(try(given.settings.capacity, null), var.platform.capacity) }
  _given = {
    for slot, capacity in local._wanted : slot => {
      for provider, share in { FARGATE = capacity.fargate, FARGATE_SPOT = capacity.fargate_spot } : provider => share
      if share != null
    }
  }
  _capacity = {
    for slot, capacity in local._wanted : slot => (
      capacity.ec2 != null
      ? { (coalesce(capacity.ec2, "-")) = { weight = 1, base = 0 } }
      : length(local._given[slot]) > 0 ? local._given[slot] : { FARGATE = { weight = 1, base = 0 } }
    )
  }
}
