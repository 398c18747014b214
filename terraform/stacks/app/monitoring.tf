module "notifications" {
  source = "../../modules/notifications"
  count  = length(var.monitoring.emails) > 0 ? 1 : 0

  name       = local.prefix
  account_id = var.account_id
  region     = var.region
  emails     = var.monitoring.emails
}

locals {
  # The alarms that roll a new version back, by name, because the alarms depend on the service's target group; ECS
  # accepts the name of an alarm that does not exist yet.
  _noticed = {
    for name, service in local.services : name => {
      errors      = lookup(service.alarms, "error_percent", null)
      latency-p95 = lookup(service.alarms, "latency_p95_ms", null)
      latency-p99 = lookup(service.alarms, "latency_p99_ms", null)
    } if lookup(service.alarms, "rollback", null) != false
  }
  alarm_actions = compact(concat([var.monitoring.topic_arn], module.notifications[*].topic_arn))

  rollback_alarms = {
    for key, slot in local.slots : key => [
      for alarm, threshold in lookup(local._noticed, slot.service, {}) : "${local.prefix}-${slot.name}-${alarm}"
      if threshold != null
    ]
  }
}

module "alarms" {
  source   = "../../modules/alarms"
  for_each = local.slots

  name          = each.value.name
  prefix        = local.prefix
  alarms        = local.services[each.value.service].alarms
  actions       = local.alarm_actions
  cluster       = { name = local.cluster_name, container_insights = var.cluster.container_insights }
  minimum_tasks = lookup(local.services[each.value.service].scaling, "min", null)

  load_balancer = {
    arn_suffix              = local.alb_arn_suffix
    target_group_arn_suffix = module.target_group[each.key].arn_suffix
  }
}

module "job_alarms" {
  source   = "../../modules/job_alarms"
  for_each = { for name, job in local.jobs : name => job.alarms if job.alarms != null }

  name                   = each.key
  prefix                 = local.prefix
  alarms                 = each.value
  actions                = local.alarm_actions
  cluster_arn            = local.cluster.arn
  task_definition_family = module.job[each.key].task_definition_family
  not_started_queue_name = try(module.job[each.key].not_started_queue.name, null)
}

module "dashboard" {
  source = "../../modules/dashboard"
  count  = var.monitoring.dashboard ? 1 : 0

  name                     = local.prefix
  region                   = var.region
  cluster_name             = local.cluster_name
  load_balancer_arn_suffix = local.alb_arn_suffix
  alarm_arns = flatten([
    for alarms in concat(values(module.alarms), values(module.job_alarms)) : values(alarms.alarm_arns)
  ])
  services = {
    for key, target_group in module.target_group : local.slots[key].name => { target_group_arn_suffix = target_group.arn_suffix }
  }
}
