locals {
  environment = {
    account_id = var.account_id
    region     = var.region
    prefix     = local.prefix
    vpc_id     = local.vpc_id
    disposable = var.disposable
  }
}

module "alb" {
  source = "../../modules/alb"
  count  = local._makes_alb ? 1 : 0

  name                 = local.prefix
  network              = { vpc_id = local.vpc_id, subnet_ids = local.load_balancer_subnet_ids }
  internal             = var.alb.internal
  allowed_cidrs        = var.alb.allowed_cidrs
  certificate          = local.certificate
  access_logs_bucket   = var.alb.access_logs_bucket
  deletion_protection  = var.alb.deletion_protection
  idle_timeout_seconds = var.alb.idle_timeout_seconds
}

module "waf" {
  source = "../../modules/waf"
  count  = var.alb.waf == null ? 0 : 1

  name                = local.prefix
  load_balancer_arn   = local.alb.arn
  managed_rule_groups = var.alb.waf.managed_rule_groups
  rate_limit          = var.alb.waf.rate_limit
  web_acl_arn         = var.alb.waf.web_acl_arn
}

module "ecs_cluster" {
  source = "../../modules/ecs_cluster"
  count  = local._makes_cluster ? 1 : 0

  name               = local.prefix
  container_insights = var.cluster.container_insights
  exec_logs          = var.cluster.exec_logs
  disposable         = var.disposable
  capacity_providers = [for group in module.ec2_capacity : group.capacity_provider]
}

# It knows the cluster only by name: the cluster depends on what this module creates.
module "ec2_capacity" {
  source   = "../../modules/ec2_capacity"
  for_each = var.cluster.ec2

  name         = "${local.prefix}-${each.key}"
  cluster_name = local.prefix
  environment  = local.environment
  subnet_ids   = local.task_network.assign_public_ip ? [] : local.task_network.subnet_ids
  instances    = each.value
  tags         = { project = var.project, environment = var.environment }
}

module "target_group" {
  source   = "../../modules/target_group"
  for_each = local.slots

  name        = each.value.name
  environment = local.environment
  protocol    = each.value.protocol
  health      = each.value.health
  rollout     = each.value.rollout
}

module "routes" {
  source = "../../modules/routes"

  known_rules = var.listener_rules
  listeners   = local.listeners
  routes      = { for name, service in local.services : name => service.route if service.variant == null }
  targets     = local.targets
}

module "ecs_service" {
  source   = "../../modules/ecs_service"
  for_each = local.services

  name        = each.key
  environment = local.environment
  platform = {
    cluster = local.cluster
    network = local.task_network
    capacity = merge(each.value.capacity, {
      ec2 = try(module.ec2_capacity[each.value.capacity.ec2].capacity_provider, null)
    })
    load_balancer = {
      arn_suffix        = local.alb_arn_suffix
      rule_arns         = module.routes.rule_arns[local.route_owners[each.key]]
      security_group_id = local.alb_security_group_id
      target_groups     = { for slot, key in local._keys_of[each.key] : slot => module.target_group[key] }
    }
  }
  container = merge(each.value, try(local.model_files[each.key], {}), {
    told = local.told[each.key]
    readable_objects = each.value.model == null ? [] : [
      { bucket_arn = var.model_bucket.arn, prefix = "models/${each.value.model.name}/" }
    ]
  })
  size    = each.value.size
  scaling = each.value.scaling
  health  = each.value.health
  rollout = merge(each.value.rollout, { slots = local.service_slots[each.key] })
}

module "job" {
  source   = "../../modules/job"
  for_each = local.jobs

  name        = each.key
  environment = local.environment
  platform    = { cluster = local.cluster, network = local.task_network }
  container   = merge(each.value, { told = { MODELS_URI = "s3://${var.model_bucket.name}/models" } })
  size        = each.value.size
  triggers    = each.value.triggers
}
