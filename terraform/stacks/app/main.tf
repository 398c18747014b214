module "alb" {
  source = "../../modules/alb"

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
  load_balancer_arn   = module.alb.alb.arn
  managed_rule_groups = var.alb.waf.managed_rule_groups
  rate_limit          = var.alb.waf.rate_limit
  web_acl_arn         = var.alb.waf.web_acl_arn
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
  capacity_providers = [for group in module.ec2_capacity : group.capacity_provider]
}

# It knows the cluster by its name alone: the cluster takes what it makes.
module "ec2_capacity" {
  source   = "../../modules/ec2_capacity"
  for_each = var.cluster.ec2

  name         = "${local.prefix}-${each.key}"
  cluster_name = local.prefix
  environment  = { account_id = var.account_id, region = var.region, vpc_id = local.vpc_id }
  subnet_ids   = local.private_subnet_ids
  instances    = each.value
  tags         = { project = var.project, environment = var.environment }
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
  scaling     = merge(each.value.scaling, { desired = each.value.desired_count, limits = each.value.limits })
  health      = each.value.health
  rollout     = each.value.rollout
}
