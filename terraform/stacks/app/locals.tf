locals {
  environment = {
    account_id = var.account_id
    region     = var.region
    prefix     = local.prefix
    vpc_id     = local.vpc_id
  }

  platforms = {
    for name, service in var.services : name => {
      cluster = module.ecs_cluster.cluster
      network = local.task_network
      alarms  = local.rollback_alarms[name]
      capacity = {
        fargate      = service.capacity.fargate
        fargate_spot = service.capacity.fargate_spot
        ec2          = service.capacity.ec2 == null ? null : module.ec2_capacity[service.capacity.ec2].capacity_provider
      }
      load_balancer = {
        arn_suffix        = module.alb.arn_suffix
        listener_arn      = module.alb.listener_arn
        security_group_id = module.alb.security_group_id
        rules             = module.routes.rules[name]
      }
    }
  }
}
