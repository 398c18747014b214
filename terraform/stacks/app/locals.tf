locals {
  # What every task calls while it starts, and what some of them read.
  _secret_arns = flatten([
    [for service in var.services : concat(values(service.secrets), [for sidecar in service.sidecars : values(sidecar.secrets)])],
    [for job in var.jobs : values(job.secrets)],
  ])
  interface_endpoints = concat(
    ["ecr.api", "ecr.dkr", "logs"],
    [for service in ["ssmmessages"] : service if anytrue([for each in var.services : each.exec])],
    [for service in ["secretsmanager", "ssm"] : service if anytrue([for arn in local._secret_arns : strcontains(arn, ":${service}:")])],
  )

  environment = {
    account_id = var.account_id
    region     = var.region
    prefix     = local.prefix
    vpc_id     = module.vpc.vpc_id
  }

  platforms = {
    for name in keys(var.services) : name => {
      cluster = module.ecs_cluster.cluster
      network = module.vpc.task_network
      alarms  = local.rollback_alarms[name]
      load_balancer = {
        arn_suffix        = module.alb.arn_suffix
        listener_arn      = module.alb.listener_arn
        security_group_id = module.alb.security_group_id
        rules             = module.routes.rules[name]
      }
    }
  }
}
