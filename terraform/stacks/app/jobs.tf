# Defaults are the modules' own: what is left out here is null there.
variable "jobs" {
  description = "Jobs by name. `image` is given by digest; `permissions` are S3 prefixes as bucket_arn and prefix; `trigger` is a schedule, a bucket's new objects, or an event pattern."
  type = map(object({
    image          = string
    repository_arn = optional(string)
    architecture   = optional(string)
    command        = optional(list(string))
    environment    = optional(map(string), {})
    secrets        = optional(map(string), {})
    size           = optional(object({ cpu = optional(number), memory = optional(number) }))
    alarms         = optional(object({ failures = optional(number), not_started = optional(number) }))
    logs           = optional(object({ retention_days = optional(number) }), {})
    permissions = optional(object({
      read  = optional(list(object({ bucket_arn = string, prefix = string })), [])
      write = optional(list(object({ bucket_arn = string, prefix = string })), [])
    }), {})
    trigger = optional(object({
      schedule = optional(object({ expression = string, timezone = optional(string) }))
      object_created = optional(object({
        bucket   = string
        prefix   = optional(string, "")
        suffix   = optional(string, "")
        variable = optional(string, "OBJECT_URI")
      }))
      event = optional(object({ pattern = string, variables = optional(map(string), {}) }))
      retry = optional(object({ maximum_attempts = optional(number), maximum_age_seconds = optional(number) }))
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.jobs), keys(var.services))) == 0
    error_message = "jobs must not be called like a service (they share repositories, roles and logs by name), got ${join(", ", setintersection(keys(var.jobs), keys(var.services)))}."
  }

  validation {
    condition     = alltrue([for job in var.jobs : can(regex("@sha256:[0-9a-f]{64}$", job.image))])
    error_message = "jobs.*.image must be a reference by digest (repository@sha256:...), got ${join(", ", [for name, job in var.jobs : "${job.image} for ${name}" if !can(regex("@sha256:[0-9a-f]{64}$", job.image))])}."
  }

  validation {
    condition     = alltrue([for job in var.jobs : length(setintersection(local.reserved_job_names, concat(keys(job.environment), keys(job.secrets)))) == 0])
    error_message = "jobs.*.environment and secrets must leave ${join(", ", local.reserved_job_names)} to the stack, got ${join(", ", flatten([for job in var.jobs : tolist(setintersection(local.reserved_job_names, concat(keys(job.environment), keys(job.secrets))))]))}."
  }

  validation {
    condition     = var.network.egress != "endpoints" || alltrue([for job in var.jobs : job.repository_arn != null || strcontains(job.image, ".dkr.ecr.${var.region}.amazonaws.com/")])
    error_message = "jobs.*.image must be in ECR in ${var.region} with network.egress endpoints (there is no endpoint for another registry), got ${join(", ", [for job in var.jobs : job.image if job.repository_arn == null && !strcontains(job.image, ".dkr.ecr.${var.region}.amazonaws.com/")])}."
  }

  validation {
    condition     = alltrue([for job in var.jobs : job.trigger == null ? true : length([for kind in ["schedule", "object_created", "event"] : kind if job.trigger[kind] != null]) <= 1])
    error_message = "jobs.*.trigger must be at most one of schedule, object_created and event, got more for ${join(", ", [for name, job in var.jobs : name if job.trigger == null ? false : length([for kind in ["schedule", "object_created", "event"] : kind if job.trigger[kind] != null]) > 1])}."
  }
}

locals {
  reserved_job_names = ["IMAGE_DIGEST", "MODELS_URI"]

  # An object in a bucket is an event like any other; a suffix takes a wildcard, which costs EventBridge more.
  _object_keys = {
    for name, job in var.jobs : name => job.trigger.object_created.suffix == "" ?
    { prefix = job.trigger.object_created.prefix } :
    { wildcard = "${job.trigger.object_created.prefix}*${job.trigger.object_created.suffix}" }
    if try(job.trigger.object_created, null) != null
  }
  _object_events = {
    for name, key in local._object_keys : name => {
      pattern = jsonencode({
        source      = ["aws.s3"]
        detail-type = ["Object Created"]
        detail      = { bucket = { name = [var.jobs[name].trigger.object_created.bucket] }, object = { key = [key] } }
      })
      paths       = { bucket = "$.detail.bucket.name", key = "$.detail.object.key" }
      environment = { (var.jobs[name].trigger.object_created.variable) = "s3://<bucket>/<key>" }
    }
  }
  _events = {
    for name, job in var.jobs : name => {
      pattern     = job.trigger.event.pattern
      paths       = job.trigger.event.variables
      environment = { for variable in keys(job.trigger.event.variables) : variable => "<${variable}>" }
    } if try(job.trigger.event, null) != null
  }

  triggers = {
    for name, job in var.jobs : name => {
      schedule = try(job.trigger.schedule, null)
      event    = lookup(merge(local._events, local._object_events), name, null)
      retry    = try(job.trigger.retry, null)
    }
  }
}

locals {
  job_containers = {
    for name, job in var.jobs : name => {
      image          = job.image
      repository_arn = job.repository_arn
      architecture   = job.architecture
      command        = job.command
      environment = merge(job.environment, {
        IMAGE_DIGEST = split("@", job.image)[1]
        MODELS_URI   = "s3://${var.model_bucket.name}/models"
      })
      secrets            = job.secrets
      log_retention_days = job.logs.retention_days
      disposable_logs    = var.disposable
      readable_objects   = job.permissions.read
      writable_objects   = job.permissions.write
    }
  }
}

module "job" {
  source   = "../../modules/job"
  for_each = var.jobs

  name        = each.key
  environment = local.environment
  platform    = { cluster = module.ecs_cluster.cluster, network = local.task_network }
  container   = local.job_containers[each.key]
  size        = each.value.size
  trigger     = local.triggers[each.key]
}
