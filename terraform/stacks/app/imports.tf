# Log groups that were kept by a destroy, or after their service was removed, are imported with their lines.
locals {
  _tasks_log_groups   = { for name in concat(keys(local.services), keys(local.jobs)) : name => "/ecs/${local.prefix}/${name}" }
  imported_log_groups = { for name, id in local._tasks_log_groups : name => id if contains(var.import_ids, id) }
}

import {
  for_each = { for name, id in local.imported_log_groups : name => id if contains(keys(local.services), name) }
  id       = each.value
  to       = module.ecs_service[each.key].aws_cloudwatch_log_group.service
}

import {
  for_each = { for name, id in local.imported_log_groups : name => id if contains(keys(local.jobs), name) }
  id       = each.value
  to       = module.job[each.key].aws_cloudwatch_log_group.job
}

import {
  for_each = setintersection(var.import_ids, ["/ecs/${local.prefix}/exec"])
  id       = each.value
  to       = module.ecs_cluster[0].aws_cloudwatch_log_group.sessions[0]
}

import {
  for_each = setintersection(var.import_ids, ["/vpc/${local.prefix}/flow-logs"])
  id       = each.value
  to       = module.flow_logs[0].aws_cloudwatch_log_group.flow_logs
}
