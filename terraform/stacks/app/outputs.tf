output "alb" {
  description = "`arn`, `name` and `dns_name` of the load balancer."
  value       = local.alb
}

output "cluster" {
  description = "`arn` and `name` of the cluster."
  value       = { arn = local.cluster.arn, name = local.cluster.name }
}

output "dashboard_url" {
  description = "URL of the dashboard; null without one."
  value       = one(module.dashboard[*].url)
}

output "jobs" {
  description = "By job, what is needed to run and to watch it."
  value = {
    for name, job in module.job : name => {
      task_definition_arn    = job.task_definition_arn
      task_definition_family = job.task_definition_family
      log_group_name         = job.log_group_name
      not_started_queue      = job.not_started_queue
      network                = job.network
    }
  }
}

output "network" {
  description = "`vpc_id` of the network that tasks run in, and their `subnet_ids`."
  value = {
    vpc_id     = local.vpc_id
    subnet_ids = local.task_network.subnet_ids
  }
}

output "routes" {
  description = "By service, its listener rules: name to `host`, `path` (\"\" is any) and `priority`."
  value       = module.routes.rules
}

output "services" {
  description = "By service, its log group, task definition and ECS services (`slots` has those of each slot; beside it are those of the newest, because weights are not part of a plan), its `url`, and `path_url`, an address that it answers. Of a variant also `declared_weight`, which its rules have once it is tested."
  value = {
    for name, service in module.ecs_service : name => merge(
      lookup(local.live_slots[name], local.targets[name].newest, {}),
      try({ declared_weight = local.services[name].variant.declared }, {}),
      {
        slots          = local.live_slots[name]
        header         = local.targets[name].header
        log_group_name = service.log_group_name
        rule_arns      = module.routes.rule_arns[local.route_owners[name]]
        path_url       = local.path_urls[name]
        url            = local.urls[name]
      },
    )
  }
}

output "url" {
  description = "URL for callers, with its scheme."
  value       = local.url
}
