# Buckets and repositories of the environment that no state has are imported with their contents.
import {
  for_each = { for name in keys(merge(var.services, var.jobs)) : name => name if contains(var.import_ids, "${local.prefix}/${name}") }
  id       = "${local.prefix}/${each.key}"
  to       = module.ecr[each.key].aws_ecr_repository.images
}

import {
  for_each = setintersection(var.import_ids, ["${local.prefix}-models-${var.account_id}"])
  id       = each.value
  to       = module.model_store[0].aws_s3_bucket.models
}

import {
  for_each = setintersection(var.import_ids, ["${local.prefix}-access-logs-${var.account_id}"])
  id       = each.value
  to       = module.access_logs[0].aws_s3_bucket.logs
}
