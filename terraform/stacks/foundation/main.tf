module "access_logs" {
  source = "../../modules/access_logs"
  count  = var.access_logs == null ? 0 : 1

  name           = "${local.prefix}-access-logs-${var.account_id}"
  account_id     = var.account_id
  retention_days = var.access_logs.retention_days
  disposable     = var.disposable
}

locals {
  _built = merge(var.services, var.jobs)

  # An existing bucket is no data source: everything needed follows from its name.
  _existing = { for name, each in local._built : name => each.existing.repository_name if each.existing != null }
  existing_repositories = {
    for name, repository in local._existing : name => {
      arn  = "arn:aws:ecr:${var.region}:${var.account_id}:repository/${repository}"
      name = repository
      url  = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${repository}"
    }
  }
}

module "ecr" {
  source   = "../../modules/ecr"
  for_each = setunion([for name, each in local._built : name if each.existing == null], var.deferred_removals.repositories)

  name       = "${local.prefix}/${each.key}"
  disposable = var.disposable
  expires    = !contains(var.pending_repositories, each.key)
  retention  = { unreleased_days = var.images.unreleased_days }
  readers    = var.images.readers
}

module "ecr_registry" {
  source = "../../modules/ecr_registry"

  name       = local.prefix
  account_id = var.account_id
  region     = var.region
  caches     = var.images.caches
}

module "model_store" {
  source = "../../modules/model_store"
  count  = var.models.existing == null || var.deferred_removals.models ? 1 : 0

  name       = "${local.prefix}-models-${var.account_id}"
  disposable = var.disposable
  events     = var.model_events

  # An emulator expires nothing, and the provider waits 55 s until a lifecycle rule has settled.
  retention = var.sandbox ? null : {}
}
