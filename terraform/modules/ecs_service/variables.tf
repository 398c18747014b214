variable "container" {
  description = "The service's container and, in `sidecars`, those beside it. `environment` is plain text; `secrets` maps names to ARNs of Secrets Manager or SSM; `readable_objects` are the S3 prefixes that the task may read, `policy` what else it may do; `log_options` send the output to the sidecar with `firelens` instead of CloudWatch."
  type = object({
    image              = string
    repository_arn     = optional(string)
    architecture       = optional(string, "x86_64")
    command            = optional(list(string))
    port               = optional(number, 8000)
    environment        = optional(map(string), {})
    secrets            = optional(map(string), {})
    depends_on         = optional(map(string), {})
    ulimits            = optional(map(object({ soft = number, hard = number })), {})
    exec               = optional(bool, false)
    read_only_root     = optional(bool, true)
    readable_objects   = optional(list(object({ bucket_arn = string, prefix = string })), [])
    policy             = optional(list(object({ actions = list(string), resources = list(string) })), [])
    log_options        = optional(map(string))
    log_retention_days = optional(number, 30)
    disposable_logs    = optional(bool, false)
    health_check = optional(object({
      command              = list(string)
      interval_seconds     = optional(number, 30)
      timeout_seconds      = optional(number, 5)
      retries              = optional(number, 3)
      start_period_seconds = optional(number)
    }))
    sidecars = optional(map(object({
      image          = optional(string)
      command        = optional(list(string))
      user           = optional(string)
      port           = optional(number)
      environment    = optional(map(string), {})
      secrets        = optional(map(string), {})
      cpu            = optional(number, 0)
      memory         = optional(number)
      essential      = optional(bool, true)
      read_only_root = optional(bool, true)
      depends_on     = optional(map(string), {})
      firelens       = optional(string)
      health_check = optional(object({
        command              = list(string)
        interval_seconds     = optional(number, 30)
        timeout_seconds      = optional(number, 5)
        retries              = optional(number, 3)
        start_period_seconds = optional(number)
      }))
    })), {})
  })
  nullable = false

  validation {
    condition     = var.container.port >= 1 && var.container.port <= 65535 && floor(var.container.port) == var.container.port
    error_message = "services.${var.name}.port must be a whole number from 1 to 65535, got ${var.container.port}."
  }

  validation {
    condition     = alltrue([for arn in flatten([for container in concat([var.container], values(var.container.sidecars)) : values(container.secrets)]) : can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).", arn))])
    error_message = "services.${var.name}.secrets must map names to ARNs of Secrets Manager secrets or SSM parameters, never to values, got something else for ${join(", ", flatten([for container in concat([var.container], values(var.container.sidecars)) : [for name, arn in container.secrets : name if !can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).", arn))]]))}."
  }

  validation {
    condition     = alltrue([for container in concat([var.container], values(var.container.sidecars)) : length(setintersection(keys(container.environment), keys(container.secrets))) == 0])
    error_message = "services.${var.name}.secrets must not repeat a name of environment, got ${join(", ", flatten([for container in concat([var.container], values(var.container.sidecars)) : tolist(setintersection(keys(container.environment), keys(container.secrets)))]))}."
  }

  validation {
    condition     = contains(local.log_retention_days, var.container.log_retention_days)
    error_message = "services.${var.name}.logs.retention_days must be one of ${join(", ", local.log_retention_days)} (0 keeps for ever), got ${var.container.log_retention_days}."
  }
  validation {
    condition     = contains(["x86_64", "arm64"], var.container.architecture)
    error_message = "services.${var.name}.image.architecture must be x86_64 or arm64, got ${var.container.architecture}."
  }

  validation {
    condition     = alltrue([for container in concat([var.container], values(var.container.sidecars)) : container.health_check == null ? true : contains(["CMD", "CMD-SHELL"], try(container.health_check.command[0], "")) && length(container.health_check.command) > 1])
    error_message = "services.${var.name}.health_check.command must begin with CMD or CMD-SHELL and go on with a command, got something else for ${join(", ", [for name, container in merge(zipmap([var.name], [var.container]), var.container.sidecars) : name if container.health_check == null ? false : !contains(["CMD", "CMD-SHELL"], try(container.health_check.command[0], "")) || length(container.health_check.command) < 2])}."
  }

  validation {
    condition     = var.platform.capacity.ec2 != null || length(setsubtract(keys(var.container.ulimits), ["nofile"])) == 0
    error_message = "services.${var.name}.ulimits must be nofile alone on Fargate, which lets no other be set, got ${join(", ", keys(var.container.ulimits))}."
  }

  validation {
    condition     = alltrue([for limit in var.container.ulimits : limit.soft <= limit.hard])
    error_message = "services.${var.name}.ulimits must have soft limits of at most the hard ones, got more for ${join(", ", [for name, limit in var.container.ulimits : name if limit.soft > limit.hard])}."
  }

  validation {
    condition     = var.container.log_options == null || length([for sidecar in var.container.sidecars : sidecar if sidecar.firelens != null]) == 1
    error_message = "services.${var.name}.logs.firelens must come with exactly 1 sidecar that has firelens, got ${length([for sidecar in var.container.sidecars : sidecar if sidecar.firelens != null])}."
  }

  validation {
    condition     = length(distinct(concat([var.container.port], [for sidecar in var.container.sidecars : sidecar.port if sidecar.port != null]))) == length(concat([var.container.port], [for sidecar in var.container.sidecars : sidecar.port if sidecar.port != null]))
    error_message = "services.${var.name}.sidecars must have ports of their own, got ${join(", ", concat([var.container.port], [for sidecar in var.container.sidecars : sidecar.port if sidecar.port != null]))} in one task."
  }

  validation {
    condition     = !contains(keys(var.container.sidecars), var.name)
    error_message = "services.${var.name}.sidecars must not be named like the service, got ${var.name}."
  }

  validation {
    condition     = alltrue([for sidecar in var.container.sidecars : contains(["fluentbit", "fluentd"], coalesce(sidecar.firelens, "fluentbit"))])
    error_message = "services.${var.name}.sidecars must have fluentbit, fluentd or null as firelens, got ${join(", ", [for name, sidecar in var.container.sidecars : "${sidecar.firelens} for ${name}" if !contains(["fluentbit", "fluentd"], coalesce(sidecar.firelens, "fluentbit"))])}."
  }

  validation {
    condition     = sum(concat([0], [for sidecar in var.container.sidecars : sidecar.cpu])) <= var.size.cpu && sum(concat([0], [for sidecar in var.container.sidecars : coalesce(sidecar.memory, 0)])) < var.size.memory
    error_message = "services.${var.name}.sidecars must leave room in size.cpu ${var.size.cpu} and size.memory ${var.size.memory}, got ${sum(concat([0], [for sidecar in var.container.sidecars : sidecar.cpu]))} and ${sum(concat([0], [for sidecar in var.container.sidecars : coalesce(sidecar.memory, 0)]))} for the sidecars alone."
  }
}

variable "environment" {
  description = "What the services of one environment share before there is a cluster: the account, the region, `prefix`, which all names begin with, and the VPC."
  type = object({
    account_id = string
    region     = string
    prefix     = string
    vpc_id     = string
  })
  nullable = false
}

variable "health" {
  description = "What the load balancer asks each task, how often, and which answer is good. `grace_seconds` is how long a new task may fail."
  type = object({
    path                = optional(string, "/health")
    status              = optional(string, "200")
    interval_seconds    = optional(number, 15)
    timeout_seconds     = optional(number, 5)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 3)
    grace_seconds       = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = startswith(var.health.path, "/") && length(var.health.path) <= 1024
    error_message = "services.${var.name}.health.path must begin with / and have at most 1024 characters, got ${var.health.path}."
  }

  validation {
    condition     = can(regex("^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$", var.health.status))
    error_message = "services.${var.name}.health.status must be codes from 200 to 499 such as 200, 200,204 or 200-299, got ${var.health.status}."
  }

  validation {
    condition     = var.health.interval_seconds >= 5 && var.health.interval_seconds <= 300 && floor(var.health.interval_seconds) == var.health.interval_seconds
    error_message = "services.${var.name}.health.interval_seconds must be a whole number from 5 to 300, got ${var.health.interval_seconds}."
  }

  validation {
    condition     = var.health.timeout_seconds >= 2 && var.health.timeout_seconds < var.health.interval_seconds && floor(var.health.timeout_seconds) == var.health.timeout_seconds
    error_message = "services.${var.name}.health.timeout_seconds must be a whole number from 2 and less than interval_seconds ${var.health.interval_seconds}, got ${var.health.timeout_seconds}."
  }

  validation {
    condition     = alltrue([for threshold in [var.health.healthy_threshold, var.health.unhealthy_threshold] : contains(range(2, 11), threshold)])
    error_message = "services.${var.name}.health.healthy_threshold and unhealthy_threshold must be whole numbers from 2 to 10, got ${var.health.healthy_threshold} and ${var.health.unhealthy_threshold}."
  }

  validation {
    condition     = var.health.grace_seconds >= 0 && floor(var.health.grace_seconds) == var.health.grace_seconds
    error_message = "services.${var.name}.health.grace_seconds must be a whole number of at least 0, got ${var.health.grace_seconds}."
  }
}

variable "name" {
  description = "Service name, such as recommender. What else is made is called after the environment's prefix and this."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "services must have names of 1 to 20 lower-case letters, digits and hyphens that begin with a letter, got ${var.name}."
  }
}

variable "platform" {
  description = "What the tasks run in and are reached through. `alarms` are names of alarms that take a roll-out back. `capacity` shares tasks out between the kinds of Fargate, or names a capacity provider of instances; nothing given is Fargate on demand. `load_balancer.rules` are those that the module `routes` works out for this service; \"\" is any host or path."
  type = object({
    cluster = object({
      arn       = string
      name      = string
      exec_logs = optional(object({ kms_key_arn = string, log_group_name = string }))
    })
    network = object({ subnet_ids = list(string), assign_public_ip = bool })
    alarms  = optional(list(string), [])
    capacity = optional(object({
      fargate      = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
      fargate_spot = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
      ec2          = optional(string)
    }), {})
    load_balancer = object({
      arn_suffix        = string
      listener_arn      = string
      security_group_id = string
      rules             = map(object({ host = string, path = string, priority = number }))
    })
  })
  nullable = false

  validation {
    condition     = length(var.platform.load_balancer.rules) > 0
    error_message = "services.${var.name} must have at least 1 rule (ECS refuses a target group that no listener uses), got {}."
  }

  validation {
    condition     = var.platform.capacity.ec2 == null || (var.platform.capacity.fargate == null && var.platform.capacity.fargate_spot == null)
    error_message = "services.${var.name}.capacity.ec2 must stand alone (ECS mixes no instances with Fargate), got ${coalesce(var.platform.capacity.ec2, "null")} and Fargate."
  }

  validation {
    condition     = var.platform.capacity.ec2 == null || !var.platform.network.assign_public_ip
    error_message = "services.${var.name}.capacity.ec2 must be null with network.egress public (tasks on instances get no public address), got ${coalesce(var.platform.capacity.ec2, "null")}."
  }

  validation {
    condition     = alltrue([for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] : share == null ? true : contains(range(0, 1001), share.weight) && share.base >= 0 && share.base <= 100000 && floor(share.base) == share.base])
    error_message = "services.${var.name}.capacity must have whole weights from 0 to 1000 and bases from 0 to 100000, got ${join(" and ", [for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] : "${share.weight} and ${share.base}" if share != null])}."
  }

  validation {
    condition     = (var.platform.capacity.fargate == null && var.platform.capacity.fargate_spot == null) || sum([for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] : share == null ? 0 : share.weight]) > 0
    error_message = "services.${var.name}.capacity must have a weight above 0, got 0 for all."
  }

  validation {
    condition     = length([for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] : share if share == null ? false : share.base > 0]) < 2
    error_message = "services.${var.name}.capacity must have a base in one of fargate and fargate_spot (ECS takes no more), got both."
  }
}

variable "rollout" {
  description = "Bounds of the running tasks during a roll-out, in percent of those wanted; how long a task that leaves may finish its requests, and then its own affairs."
  type = object({
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
    drain_seconds           = optional(number, 30)
    stop_timeout_seconds    = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(range(0, 101), var.rollout.minimum_healthy_percent)
    error_message = "services.${var.name}.rollout.minimum_healthy_percent must be a whole number from 0 to 100, got ${var.rollout.minimum_healthy_percent}."
  }

  validation {
    condition     = contains(range(100, 201), var.rollout.maximum_percent)
    error_message = "services.${var.name}.rollout.maximum_percent must be a whole number from 100 to 200, got ${var.rollout.maximum_percent}."
  }

  validation {
    condition     = floor(max(1, var.scaling.min) * var.rollout.maximum_percent / 100) > ceil(max(1, var.scaling.min) * var.rollout.minimum_healthy_percent / 100)
    error_message = "services.${var.name}.rollout must let a task be replaced when scaling.min ${var.scaling.min} run, got minimum_healthy_percent ${var.rollout.minimum_healthy_percent} and maximum_percent ${var.rollout.maximum_percent}."
  }

  validation {
    condition     = var.rollout.drain_seconds >= 0 && var.rollout.drain_seconds <= 3600 && floor(var.rollout.drain_seconds) == var.rollout.drain_seconds
    error_message = "services.${var.name}.rollout.drain_seconds must be a whole number from 0 to 3600, got ${var.rollout.drain_seconds}."
  }

  validation {
    condition     = contains(range(2, 121), var.rollout.stop_timeout_seconds)
    error_message = "services.${var.name}.rollout.stop_timeout_seconds must be a whole number from 2 to 120 (Fargate's limit), got ${var.rollout.stop_timeout_seconds}."
  }
}

variable "scaling" {
  description = "Bounds of the task count, how many run now within which `limits` of the clock's, and the targets to hold: CPU and memory in percent, requests a minute for each task. A target of null is not tracked. `schedule` sets other bounds at times, `hours` none outside of them."
  type = object({
    min                 = optional(number, 2)
    max                 = optional(number, 4)
    desired             = optional(number)
    limits              = optional(object({ min = number, max = number }))
    cpu_percent         = optional(number)
    memory_percent      = optional(number)
    requests_per_target = optional(number)
    schedule = optional(map(object({
      cron     = string
      timezone = optional(string, "UTC")
      min      = number
      max      = number
    })), {})
    hours = optional(object({
      timezone = optional(string, "UTC")
      days     = optional(list(string), ["mon", "tue", "wed", "thu", "fri"])
      start    = string
      stop     = string
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.scaling.min >= 0 && floor(var.scaling.min) == var.scaling.min
    error_message = "services.${var.name}.scaling.min must be a whole number of at least 0, got ${var.scaling.min}."
  }

  validation {
    condition     = var.scaling.max >= max(1, var.scaling.min) && floor(var.scaling.max) == var.scaling.max
    error_message = "services.${var.name}.scaling.max must be a whole number of at least 1 and scaling.min ${var.scaling.min}, got ${var.scaling.max}."
  }

  validation {
    condition     = var.scaling.cpu_percent == null ? true : var.scaling.cpu_percent >= 1 && var.scaling.cpu_percent <= 100
    error_message = "services.${var.name}.scaling.cpu_percent must be from 1 to 100 or null, got ${coalesce(var.scaling.cpu_percent, "null")}."
  }

  validation {
    condition     = var.scaling.memory_percent == null ? true : var.scaling.memory_percent >= 1 && var.scaling.memory_percent <= 100
    error_message = "services.${var.name}.scaling.memory_percent must be from 1 to 100 or null, got ${coalesce(var.scaling.memory_percent, "null")}."
  }

  validation {
    condition     = alltrue([for each in var.scaling.schedule : each.min >= 0 && each.max >= each.min && floor(each.min) == each.min && floor(each.max) == each.max])
    error_message = "services.${var.name}.scaling.schedule must have whole numbers as min and max, min at most max, got ${join(", ", [for name, each in var.scaling.schedule : "${each.min} and ${each.max} for ${name}" if !(each.min >= 0 && each.max >= each.min && floor(each.min) == each.min && floor(each.max) == each.max)])}."
  }

  validation {
    condition     = alltrue([for each in var.scaling.schedule : can(regex("^\\S+ \\S+ (\\? \\S+ [^?\\s]+|[^?\\s]+ \\S+ \\?) \\S+$", each.cron))])
    error_message = "services.${var.name}.scaling.schedule must have AWS's six cron fields, one of the days being ?, got ${join(", ", [for each in var.scaling.schedule : each.cron if !can(regex("^\\S+ \\S+ (\\? \\S+ [^?\\s]+|[^?\\s]+ \\S+ \\?) \\S+$", each.cron))])}."
  }

  validation {
    condition     = var.scaling.hours == null || length(var.scaling.schedule) == 0
    error_message = "services.${var.name}.scaling.hours must be null beside a schedule (they would undo each other), got both."
  }

  validation {
    condition     = var.scaling.hours == null ? true : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9] ([01][0-9]|2[0-3]):[0-5][0-9]$", "${var.scaling.hours.start} ${var.scaling.hours.stop}")) && length(setsubtract(var.scaling.hours.days, ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])) == 0 && length(var.scaling.hours.days) > 0
    error_message = "services.${var.name}.scaling.hours must have times such as 08:00 and days out of mon, tue, wed, thu, fri, sat, sun, got ${try("${var.scaling.hours.start} to ${var.scaling.hours.stop} on ${join(", ", var.scaling.hours.days)}", "null")}."
  }

  validation {
    condition     = var.scaling.requests_per_target == null ? true : var.scaling.requests_per_target > 0
    error_message = "services.${var.name}.scaling.requests_per_target must be more than 0 a minute or null, got ${coalesce(var.scaling.requests_per_target, "null")}."
  }
}

variable "size" {
  description = "CPU units and MiB of memory of a task, in a pair that Fargate offers, and GiB of its disk; on instances any two numbers, and GPUs."
  type = object({
    cpu                   = optional(number, 256)
    memory                = optional(number, 512)
    ephemeral_storage_gib = optional(number)
    gpus                  = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.platform.capacity.ec2 != null || contains(keys(local.fargate_memory), tostring(var.size.cpu))
    error_message = "services.${var.name}.size.cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got ${var.size.cpu}."
  }

  validation {
    condition     = var.platform.capacity.ec2 != null || contains(lookup(local.fargate_memory, tostring(var.size.cpu), [var.size.memory]), var.size.memory)
    error_message = "services.${var.name}.size.memory must be one of ${join(", ", lookup(local.fargate_memory, tostring(var.size.cpu), []))} MiB with size.cpu ${var.size.cpu}, got ${var.size.memory}."
  }

  validation {
    condition     = var.platform.capacity.ec2 == null || (var.size.cpu >= 128 && var.size.memory >= 6)
    error_message = "services.${var.name}.size must be at least 128 CPU units and 6 MiB on instances, got ${var.size.cpu} and ${var.size.memory}."
  }

  validation {
    condition     = var.size.ephemeral_storage_gib == null ? true : var.platform.capacity.ec2 == null && contains(range(21, 201), var.size.ephemeral_storage_gib)
    error_message = "services.${var.name}.size.ephemeral_storage_gib must be a whole number from 21 to 200 on Fargate and null on instances, got ${coalesce(var.size.ephemeral_storage_gib, "null")}."
  }

  validation {
    condition     = var.size.gpus == 0 || (var.platform.capacity.ec2 != null && var.size.gpus > 0 && floor(var.size.gpus) == var.size.gpus)
    error_message = "services.${var.name}.size.gpus must be a whole number, and 0 on Fargate, which has none, got ${var.size.gpus}."
  }
}
