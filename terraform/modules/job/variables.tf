variable "container" {
  description = "The task's container. `environment` is plain text; `secrets` maps names to ARNs of Secrets Manager or SSM; `readable_objects` and `writable_objects` are the S3 prefixes it may read and write."
  type = object({
    image              = string
    repository_arn     = optional(string)
    architecture       = optional(string, "x86_64")
    command            = optional(list(string))
    environment        = optional(map(string), {})
    secrets            = optional(map(string), {})
    read_only_root     = optional(bool, true)
    readable_objects   = optional(list(object({ bucket_arn = string, prefix = string })), [])
    writable_objects   = optional(list(object({ bucket_arn = string, prefix = string })), [])
    log_retention_days = optional(number, 30)
    disposable_logs    = optional(bool, false)
  })
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.container.secrets) : can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).", arn))])
    error_message = "jobs.${var.name}.secrets must map names to ARNs of Secrets Manager secrets or SSM parameters, never to values, got something else for ${join(", ", [for name, arn in var.container.secrets : name if !can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).", arn))])}."
  }

  validation {
    condition     = length(setintersection(keys(var.container.environment), keys(var.container.secrets))) == 0
    error_message = "jobs.${var.name}.secrets must not repeat a name of environment, got ${join(", ", setintersection(keys(var.container.environment), keys(var.container.secrets)))}."
  }

  validation {
    condition     = contains(["x86_64", "arm64"], var.container.architecture)
    error_message = "jobs.${var.name}.image.architecture must be x86_64 or arm64, got ${var.container.architecture}."
  }

  validation {
    condition     = contains(local.log_retention_days, var.container.log_retention_days)
    error_message = "jobs.${var.name}.logs.retention_days must be one of ${join(", ", local.log_retention_days)} (0 keeps for ever), got ${var.container.log_retention_days}."
  }
}

variable "environment" {
  description = "What all of one environment share: the account, the region, `prefix`, which all names begin with, and the VPC."
  type = object({
    account_id = string
    region     = string
    prefix     = string
    vpc_id     = string
  })
  nullable = false
}

variable "name" {
  description = "Job name, such as retrain. What else is made is called after the environment's prefix and this."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "jobs must have names of 1 to 20 lower-case letters, digits and hyphens that begin with a letter, got ${var.name}."
  }
}

variable "platform" {
  description = "What the tasks run in."
  type = object({
    cluster = object({ arn = string, name = string })
    network = object({ subnet_ids = list(string), assign_public_ip = bool })
  })
  nullable = false
}

variable "size" {
  description = "CPU units and MiB of memory of a task, in a pair that Fargate offers."
  type = object({
    cpu    = optional(number, 256)
    memory = optional(number, 512)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(keys(local.fargate_memory), tostring(var.size.cpu))
    error_message = "jobs.${var.name}.size.cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got ${var.size.cpu}."
  }

  validation {
    condition     = contains(lookup(local.fargate_memory, tostring(var.size.cpu), [var.size.memory]), var.size.memory)
    error_message = "jobs.${var.name}.size.memory must be one of ${join(", ", lookup(local.fargate_memory, tostring(var.size.cpu), []))} MiB with size.cpu ${var.size.cpu}, got ${var.size.memory}."
  }
}

variable "trigger" {
  description = "What starts a task: a `schedule` in its own time zone, or an `event` whose JSON `pattern` matches; with neither only a person does. `event.environment` is told to the container, with `<name>` standing for what the event holds at `paths.name`. `retry` is for starts that AWS refuses, not for tasks that fail."
  type = object({
    schedule = optional(object({
      expression = string
      timezone   = optional(string, "UTC")
    }))
    event = optional(object({
      pattern     = string
      paths       = optional(map(string), {})
      environment = optional(map(string), {})
    }))
    retry = optional(object({
      maximum_attempts    = optional(number, 2)
      maximum_age_seconds = optional(number, 3600)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.trigger.schedule == null || var.trigger.event == null
    error_message = "jobs.${var.name}.trigger must be a schedule or an event, got both."
  }

  validation {
    condition     = var.trigger.schedule == null ? true : can(regex("^(cron\\([^ ()]+( [^ ()]+){5}\\)|rate\\([1-9][0-9]* (minute|hour|day)s?\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", var.trigger.schedule.expression))
    error_message = "jobs.${var.name}.trigger.schedule.expression must be cron(minutes hours day month weekday year), rate(2 hours) or at(2026-01-31T08:00:00), got ${try(var.trigger.schedule.expression, "")}."
  }

  validation {
    condition     = var.trigger.event == null ? true : can(keys(jsondecode(var.trigger.event.pattern))) && length(try(keys(jsondecode(var.trigger.event.pattern)), [])) > 0
    error_message = "jobs.${var.name}.trigger.event.pattern must be a JSON object with at least 1 key, got ${try(var.trigger.event.pattern, "")}."
  }

  validation {
    condition     = contains(range(0, 186), var.trigger.retry.maximum_attempts)
    error_message = "jobs.${var.name}.trigger.retry.maximum_attempts must be a whole number from 0 to 185, got ${var.trigger.retry.maximum_attempts}."
  }

  validation {
    condition     = var.trigger.retry.maximum_age_seconds >= 60 && var.trigger.retry.maximum_age_seconds <= 86400 && floor(var.trigger.retry.maximum_age_seconds) == var.trigger.retry.maximum_age_seconds
    error_message = "jobs.${var.name}.trigger.retry.maximum_age_seconds must be a whole number from 60 to 86400, got ${var.trigger.retry.maximum_age_seconds}."
  }
}
