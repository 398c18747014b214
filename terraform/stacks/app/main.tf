module "vpc" {
  source = "../../modules/vpc"

  name                = local.prefix
  region              = var.region
  cidr                = var.network.cidr
  availability_zones  = var.network.availability_zones
  egress              = var.network.egress
  interface_endpoints = local.interface_endpoints
}

module "alb" {
  source = "../../modules/alb"

  name                 = local.prefix
  network              = { vpc_id = module.vpc.vpc_id, subnet_ids = values(module.vpc.public_subnet_ids) }
  allowed_cidrs        = var.alb.allowed_cidrs
  certificate_arn      = var.alb.certificate_arn
  deletion_protection  = var.alb.deletion_protection
  idle_timeout_seconds = var.alb.idle_timeout_seconds
}

module "ecs_cluster" {
  source = "../../modules/ecs_cluster"

  name               = local.prefix
  container_insights = var.cluster.container_insights
  exec_logs = var.cluster.exec_logs == null ? null : {
    kms_key_arn    = var.cluster.exec_logs.kms_key_arn
    retention_days = var.cluster.exec_logs.retention_days
    disposable     = var.disposable
  }
}

module "routes" {
  source = "../../modules/routes"

  routes = { for name, service in var.services : name => service.route }
}

module "ecs_service" {
  source   = "../../modules/ecs_service"
  for_each = var.services

  name        = each.key
  environment = local.environment
  platform    = local.platforms[each.key]
  container   = local.containers[each.key]
  size        = each.value.size
  scaling     = merge(each.value.scaling, { desired = each.value.desired_count })
  health      = each.value.health
  rollout     = each.value.rollout
}
