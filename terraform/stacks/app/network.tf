# The network's parts, existing or created here.
locals {
  _makes_vpc = var.network.existing == null
  _is_public = var.network.egress == "public"

  vpc_id             = local._makes_vpc ? module.vpc[0].vpc_id : var.network.existing.vpc_id
  public_subnet_ids  = local._makes_vpc ? values(module.vpc[0].public_subnet_ids) : var.network.existing.public_subnet_ids
  private_subnet_ids = local._makes_vpc ? values(module.vpc[0].private_subnet_ids) : var.network.existing.private_subnet_ids

  task_network = local._makes_vpc ? module.vpc[0].task_network : {
    subnet_ids       = local._is_public ? local.public_subnet_ids : local.private_subnet_ids
    assign_public_ip = local._is_public
  }

  # An internal load balancer is in the private subnets, if there are any. It does not wait for their egress, since
  # it has none: its minutes are the longest that the first apply of an environment takes.
  load_balancer_subnet_ids = (
    var.alb.internal && length(local.private_subnet_ids) >= 2 ? local.private_subnet_ids : local.public_subnet_ids
  )
}

module "vpc" {
  source = "../../modules/vpc"
  count  = local._makes_vpc ? 1 : 0

  name                = local.prefix
  region              = var.region
  cidr                = var.network.cidr
  availability_zones  = var.network.availability_zones
  egress              = var.network.egress
  interface_endpoints = keys(local.callers_of)
}

module "flow_logs" {
  source = "../../modules/flow_logs"
  count  = var.network.flow_logs == null ? 0 : 1

  name           = local.prefix
  region         = var.region
  account_id     = var.account_id
  vpc_id         = local.vpc_id
  retention_days = var.network.flow_logs.retention_days
  disposable     = var.disposable
}
