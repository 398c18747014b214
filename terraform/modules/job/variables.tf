variable "container" {
  description = "The task's container. `environment` is plain text. `told` are variables that the deployment adds to IMAGE_DIGEST, whose names `environment` must not use. `secrets` maps names to ARNs of Secrets Manager or SSM. `permissions` are the S3 prefixes that it may read and write. `egress` is the input `ways` of the module `task_egress`. `tmp_mib` puts /tmp into so much of the task's memory, instead of a volume on its disk."
  type = object({
    image          = string
    repository_arn = optional(string)
    architecture   = optional(string, "x86_64")
    command        = optional(list(string))
    environment    = optional(map(string), {})
    told           = optional(map(string), {})
    secrets        = optional(map(string), {})
    read_only_root = optional(bool, true)
    tmp_mib        = optional(number)
    logs           = optional(object({ retention_days = optional(number, 30) }), {})
    egress = optional(map(object({
      port            = number
      to_port         = optional(number)
      protocol        = optional(string)
      cidrs           = optional(list(string))
      security_groups = optional(list(string))
      prefix_lists    = optional(list(string))
    })))
    permissions = optional(object({
      read  = optional(list(object({ bucket_arn = string, prefix = string })), [])
      write = optional(list(object({ bucket_arn = string, prefix = string })), [])
    }), {})
  })
  nullable = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.container.architecture)
    error_message = "jobs.${var.name}.image.architecture must be x86_64 or arm64, got ${var.container.architecture}."
  }

  validation {
    condition = can(regex(local.image_by_digest, var.container.image))
    error_message = join(" ", [
      "jobs.${var.name}.image must be a reference by digest (repository@sha256:...),",
      "got ${var.container.image}.",
    ])
  }

  validation {
    condition = length(setintersection(
      concat(keys(var.container.environment), keys(var.container.secrets)),
      concat(["IMAGE_DIGEST"], keys(var.container.told))
    )) == 0
    error_message = format(
      "jobs.%s.environment and secrets must leave %s to the deployment, got %s.",
      var.name, join(", ", concat(["IMAGE_DIGEST"], keys(var.container.told))),
      join(", ", setintersection(
        concat(keys(var.container.environment), keys(var.container.secrets)),
        concat(["IMAGE_DIGEST"], keys(var.container.told))
      ))
    )
  }

  validation {
    condition = alltrue([for arn in values(var.container.secrets) : can(regex(local.secret_arn, arn))])
    error_message = format(
      join(" ", [
        "jobs.%s.secrets must map names to ARNs of Secrets Manager secrets or SSM parameters, never to values,",
        "got something else for %s.",
      ]),
      var.name, join(", ", [for name, arn in var.container.secrets : name if !can(regex(local.secret_arn, arn))])
    )
  }

  validation {
    condition = length(setintersection(keys(var.container.environment), keys(var.container.secrets))) == 0
    error_message = format(
      "jobs.%s.secrets must not repeat a name of environment, got %s.",
      var.name, join(", ", setintersection(keys(var.container.environment), keys(var.container.secrets)))
    )
  }

  validation {
    condition = var.container.tmp_mib == null ? true : (
      var.container.tmp_mib >= 1 && floor(var.container.tmp_mib) == var.container.tmp_mib &&
      var.container.tmp_mib < var.size.memory
    )
    error_message = join(" ", [
      "jobs.${var.name}.tmp_mib must be a whole number of at least 1 and less than size.memory ${var.size.memory} or null,",
      "got ${coalesce(var.container.tmp_mib, "null")}.",
    ])
  }

  validation {
    condition = contains(local.log_retention_days, var.container.logs.retention_days)
    error_message = format(
      "jobs.%s.logs.retention_days must be one of %s (0 keeps forever), got %s.",
      var.name, join(", ", local.log_retention_days), var.container.logs.retention_days
    )
  }
}

variable "environment" {
  description = "What the environment's jobs have in common: the account, the region, `prefix` of all names, the VPC, and whether a destroy deletes the logs."
  type = object({
    account_id = string
    region     = string
    prefix     = string
    vpc_id     = string
    disposable = optional(bool, false)
  })
  nullable = false
}

variable "name" {
  description = "Job name, such as retrain. All other names are the environment's prefix and this."
  type        = string
  nullable    = false

  validation {
    condition = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = join(" ", [
      "jobs must have names of 1 to 20 lower-case letters, digits and hyphens that begin with a letter,",
      "got ${var.name}.",
    ])
  }
}

variable "platform" {
  description = "Where the tasks run."
  type = object({
    cluster = object({ arn = string, name = string })
    network = object({ subnet_ids = list(string), assign_public_ip = bool })
  })
  nullable = false
}

variable "size" {
  description = "CPU units and MiB of memory of a task, a pair that Fargate offers."
  type = object({
    cpu    = optional(number, 256)
    memory = optional(number, 512)
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(keys(local.fargate_memory), tostring(var.size.cpu))
    error_message = join(" ", [
      "jobs.${var.name}.size.cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384,",
      "got ${var.size.cpu}.",
    ])
  }

  validation {
    condition = contains(lookup(local.fargate_memory, tostring(var.size.cpu), [var.size.memory]), var.size.memory)
    error_message = format(
      "jobs.%s.size.memory must be one of %s MiB with size.cpu %s, got %s.",
      var.name, join(", ", lookup(local.fargate_memory, tostring(var.size.cpu), [])), var.size.cpu, var.size.memory
    )
  }
}

variable "triggers" {
  description = "What starts a task. Each trigger is one of: a `schedule` in its own time zone; `object_created`, a new object in a bucket, whose address the container gets in `variable`; or an `event` whose JSON matches `pattern`, with `variables` filled from paths in it. Without triggers only a person starts it. `retry` is for starts that AWS refuses, not for tasks that fail. Add a new trigger at the end: names depend on the order."
  type = list(object({
    schedule = optional(object({
      expression = string
      timezone   = optional(string, "UTC")
    }))
    object_created = optional(object({
      bucket   = string
      prefix   = optional(string, "")
      suffix   = optional(string, "")
      variable = optional(string, "OBJECT_URI")
    }))
    event = optional(object({
      pattern   = string
      variables = optional(map(string), {})
    }))
    retry = optional(object({
      maximum_attempts    = optional(number, 2)
      maximum_age_seconds = optional(number, 3600)
    }), {})
  }))
  default  = []
  nullable = false

  validation {
    condition = alltrue([for trigger in var.triggers : length([
      for kind in ["schedule", "object_created", "event"] : kind if trigger[kind] != null
    ]) == 1])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      "jobs.%s.triggers.%s must be one of schedule, object_created and event, got %s.",
      var.name, number, join(" and ", coalescelist([
        for kind in ["schedule", "object_created", "event"] : kind if trigger[kind] != null
      ], ["none"]))
      ) if length([
        for kind in ["schedule", "object_created", "event"] : kind if trigger[kind] != null
    ]) != 1])
  }

  validation {
    condition = alltrue([
      for trigger in var.triggers : can(regex(local.schedule_expression, try(trigger.schedule.expression, "rate(1 day)")))
    ])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      join(" ", [
        "jobs.%s.triggers.%s.schedule.expression must be cron(minutes hours day month weekday year), rate(2 hours)",
        "or at(2026-01-31T08:00:00), got %s.",
      ]), var.name, number, try(trigger.schedule.expression, "")
    ) if !can(regex(local.schedule_expression, try(trigger.schedule.expression, "rate(1 day)")))])
  }

  validation {
    condition = alltrue([
      for trigger in var.triggers : can(regex(local.bucket_name, try(trigger.object_created.bucket, "any")))
    ])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      "jobs.%s.triggers.%s.object_created.bucket must be the name of a bucket, got %s.",
      var.name, number, try(trigger.object_created.bucket, "null")
    ) if !can(regex(local.bucket_name, try(trigger.object_created.bucket, "any")))])
  }

  validation {
    condition = alltrue([
      for trigger in var.triggers : trigger.event == null ? true : length(try(keys(jsondecode(trigger.event.pattern)), [])) > 0
    ])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      "jobs.%s.triggers.%s.event.pattern must be a JSON object with at least 1 key, got %s.",
      var.name, number, try(trigger.event.pattern, "")
    ) if trigger.event == null ? false : length(try(keys(jsondecode(trigger.event.pattern)), [])) == 0])
  }

  validation {
    condition = alltrue(flatten([for trigger in var.triggers : [
      for path in values(try(trigger.event.variables, {})) : can(regex(local.event_path, path))
    ]]))
    error_message = join("\n", [for variable in flatten([for number, trigger in var.triggers : [
      for name, path in try(trigger.event.variables, {}) : { name = "${number}.event.variables.${name}", path = path }
      ]]) : format(
      "jobs.%s.triggers.%s must be a path into the event such as $.detail.name, got %s.",
      var.name, variable.name, variable.path
    ) if !can(regex(local.event_path, variable.path))])
  }

  validation {
    condition = alltrue([for trigger in var.triggers : contains(range(0, 186), trigger.retry.maximum_attempts)])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      "jobs.%s.triggers.%s.retry.maximum_attempts must be a whole number from 0 to 185, got %s.",
      var.name, number, trigger.retry.maximum_attempts
    ) if !contains(range(0, 186), trigger.retry.maximum_attempts)])
  }

  validation {
    condition = alltrue([for trigger in var.triggers : (
      trigger.retry.maximum_age_seconds >= 60 && trigger.retry.maximum_age_seconds <= 86400 &&
      floor(trigger.retry.maximum_age_seconds) == trigger.retry.maximum_age_seconds
    )])
    error_message = join("\n", [for number, trigger in var.triggers : format(
      "jobs.%s.triggers.%s.retry.maximum_age_seconds must be a whole number from 60 to 86400, got %s.",
      var.name, number, trigger.retry.maximum_age_seconds
      ) if !(
      trigger.retry.maximum_age_seconds >= 60 && trigger.retry.maximum_age_seconds <= 86400 &&
      floor(trigger.retry.maximum_age_seconds) == trigger.retry.maximum_age_seconds
    )])
  }
}
