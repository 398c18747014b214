locals {
  _shares = {
    FARGATE      = var.platform.capacity.fargate
    FARGATE_SPOT = var.platform.capacity.fargate_spot
  }
  _given = { for provider, share in local._shares : provider => share if share != null }

  on_instances = var.platform.capacity.ec2 != null
  capacity = (
    local.on_instances
    ? { (coalesce(var.platform.capacity.ec2, "-")) = { weight = 1, base = 0 } }
    : length(local._given) > 0 ? local._given : { FARGATE = { weight = 1, base = 0 } }
  )
}
