variable "environment" {
  description = "What the environment's services have in common: the account, the region, `prefix` of all names, the VPC, and whether a destroy deletes the logs."
  type = object({
    account_id = string                # AWS account of all resources.
    region     = string                # AWS region, such as eu-west-1.
    prefix     = string                # Prefix of all names, such as shop-dev.
    vpc_id     = string                # VPC of the tasks.
    disposable = optional(bool, false) # Whether a destroy deletes the logs.
  })
  nullable = false
}

variable "health" {
  description = "`grace_seconds` is how long a new task may fail the load balancer's health check."
  type = object({
    grace_seconds = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition = var.health.grace_seconds >= 0 && floor(var.health.grace_seconds) == var.health.grace_seconds
    error_message = join(" ", [
      "services.${var.name}.health.grace_seconds must be a whole number of at least 0,",
      "got ${var.health.grace_seconds}.",
    ])
  }
}

variable "name" {
  description = "Service name, such as recommender. All other names are the environment's prefix and this."
  type        = string
  nullable    = false

  validation {
    condition = can(regex("^[a-z][a-z0-9-]{0,28}$", var.name))
    error_message = join(" ", [
      "services must have names of 1 to 29 lower-case letters, digits and hyphens that begin with a letter,",
      "got ${var.name}.",
    ])
  }
}

variable "platform" {
  description = "Where the tasks run and how they are reached. `capacity` shares tasks among the kinds of Fargate, or names a capacity provider of instances; the default is Fargate on demand. `load_balancer.rule_arns` are the listener rules of the `target_groups`, of which each slot has one."
  type = object({
    cluster = object({              # The cluster, an output of the module `ecs_cluster`.
      arn  = string                 # Its ARN.
      name = string                 # Its name.
      exec_logs = optional(object({ # Where ECS Exec sessions are logged; null is nowhere.
        kms_key_arn    = string     # KMS key of the log.
        log_group_name = string     # Log group of the sessions.
      }))
    })
    network = object({                # Network of the tasks, an output of the module `vpc`.
      subnet_ids       = list(string) # Subnets of the tasks.
      assign_public_ip = bool         # Whether they need public addresses for egress.
    })
    capacity = optional(object({
      fargate      = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
      fargate_spot = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
      ec2          = optional(string)
    }), {})
    load_balancer = object({           # How the tasks are reached.
      arn_suffix        = string       # Name that CloudWatch uses for the load balancer.
      rule_arns         = list(string) # Listener rules of the target groups.
      security_group_id = string       # Security group of the load balancer, which the tasks admit.
      target_groups = map(object({     # Target group of each slot, which its tasks join.
        arn        = string            # Its ARN.
        arn_suffix = string            # Name that CloudWatch uses for it.
      }))
    })
  })
  nullable = false

  validation {
    condition = length(var.platform.load_balancer.rule_arns) > 0
    error_message = join(" ", [
      "services.${var.name} must have at least 1 rule (ECS refuses a target group that no listener uses),",
      "got [].",
    ])
  }

  validation {
    condition = var.platform.capacity.ec2 == null || (
      var.platform.capacity.fargate == null && var.platform.capacity.fargate_spot == null
    )
    error_message = join(" ", [
      "services.${var.name}.capacity.ec2 must stand alone (ECS mixes no instances with Fargate),",
      "got ${trimprefix(coalesce(var.platform.capacity.ec2, "null"), "${var.environment.prefix}-")} and Fargate.",
    ])
  }

  validation {
    condition = var.platform.capacity.ec2 == null || !var.platform.network.assign_public_ip
    error_message = join(" ", [
      "services.${var.name}.capacity.ec2 must be null with network.egress public (tasks on instances get no public",
      "address), got ${trimprefix(coalesce(var.platform.capacity.ec2, "null"), "${var.environment.prefix}-")}.",
    ])
  }

  validation {
    condition = alltrue([
      for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] : share == null ? true : (
        contains(range(0, 1001), share.weight) &&
        share.base >= 0 && share.base <= 100000 && floor(share.base) == share.base
      )
    ])
    error_message = format(
      "services.%s.capacity must have whole weights from 0 to 1000 and bases from 0 to 100000, got %s.",
      var.name, join(" and ", [
        for share in [var.platform.capacity.fargate, var.platform.capacity.fargate_spot] :
        "${share.weight} and ${share.base}" if share != null
      ])
    )
  }

  validation {
    condition = anytrue([
      var.platform.capacity.fargate == null && var.platform.capacity.fargate_spot == null,
      try(var.platform.capacity.fargate.weight > 0, false),
      try(var.platform.capacity.fargate_spot.weight > 0, false),
    ])
    error_message = "services.${var.name}.capacity must have a weight above 0, got 0 for all."
  }

  validation {
    condition = !alltrue([
      try(var.platform.capacity.fargate.base > 0, false),
      try(var.platform.capacity.fargate_spot.base > 0, false),
    ])
    error_message = join(" ", [
      "services.${var.name}.capacity must have a base in one of fargate and fargate_spot (ECS takes no more),",
      "got both.",
    ])
  }
}

variable "rollout" {
  description = "Bounds of the running tasks during a roll-out, in percent of the desired count, and how long a task may take to stop. Each of the `slots`, blue or green, runs the version of this plan, or that of its `task_definition_arn` with the recorded `settings`. `alarms` are the names of those that roll a deployment back."
  type = object({
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
    stop_timeout_seconds    = optional(number, 30)
    slots = optional(map(object({                      # What runs in parallel: blue, or blue and green.
      task_definition_arn = optional(string)           # Revision that it runs; null is this plan's.
      alarms              = optional(list(string), []) # Names of the alarms that roll it back.
      desired_count       = optional(number)           # How many run now; null is the fewest.
      limits = optional(object({                       # Bounds of this slot, such as those that a scheduled action has set; null is `scaling`.
        min = number                                   # Fewest tasks.
        max = number                                   # Most tasks.
      }))
      settings = optional(object({ # Settings of the service at the time of its task_definition_arn.
        port                    = optional(number)
        exec                    = optional(bool)
        grace_seconds           = optional(number)
        minimum_healthy_percent = optional(number)
        maximum_percent         = optional(number)
        capacity = optional(object({
          fargate      = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
          fargate_spot = optional(object({ weight = optional(number, 1), base = optional(number, 0) }))
          ec2          = optional(string)
        }))
      }))
    })), { blue = {} })
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(range(0, 101), var.rollout.minimum_healthy_percent)
    error_message = join(" ", [
      "services.${var.name}.rollout.minimum_healthy_percent must be a whole number from 0 to 100,",
      "got ${var.rollout.minimum_healthy_percent}.",
    ])
  }

  validation {
    condition = contains(range(100, 201), var.rollout.maximum_percent)
    error_message = join(" ", [
      "services.${var.name}.rollout.maximum_percent must be a whole number from 100 to 200,",
      "got ${var.rollout.maximum_percent}.",
    ])
  }

  validation {
    condition = (
      floor(max(1, var.scaling.min) * var.rollout.maximum_percent / 100) >
      ceil(max(1, var.scaling.min) * var.rollout.minimum_healthy_percent / 100)
    )
    error_message = join(" ", [
      "services.${var.name}.rollout must let a task be replaced when scaling.min ${var.scaling.min} run,",
      "got minimum_healthy_percent ${var.rollout.minimum_healthy_percent}",
      "and maximum_percent ${var.rollout.maximum_percent}.",
    ])
  }

  validation {
    condition = contains(range(2, 121), var.rollout.stop_timeout_seconds)
    error_message = join(" ", [
      "services.${var.name}.rollout.stop_timeout_seconds must be a whole number from 2 to 120 (Fargate's limit),",
      "got ${var.rollout.stop_timeout_seconds}.",
    ])
  }
}

variable "size" {
  description = "CPU units and MiB of memory of a task, a pair that Fargate offers, and GiB of its disk; on instances any two numbers, and GPUs."
  type = object({
    cpu                   = optional(number, 256)
    memory                = optional(number, 512)
    ephemeral_storage_gib = optional(number)
    gpus                  = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition = var.platform.capacity.ec2 != null || contains(keys(local.fargate_memory), tostring(var.size.cpu))
    error_message = join(" ", [
      "services.${var.name}.size.cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384,",
      "got ${var.size.cpu}.",
    ])
  }

  validation {
    condition = var.platform.capacity.ec2 != null || contains(
      lookup(local.fargate_memory, tostring(var.size.cpu), [var.size.memory]), var.size.memory
    )
    error_message = format(
      "services.%s.size.memory must be one of %s MiB with size.cpu %s, got %s.",
      var.name, join(", ", lookup(local.fargate_memory, tostring(var.size.cpu), [])), var.size.cpu, var.size.memory
    )
  }

  validation {
    condition = var.platform.capacity.ec2 == null || (var.size.cpu >= 128 && var.size.memory >= 6)
    error_message = join(" ", [
      "services.${var.name}.size must be at least 128 CPU units and 6 MiB on instances,",
      "got ${var.size.cpu} and ${var.size.memory}.",
    ])
  }

  validation {
    condition = var.size.ephemeral_storage_gib == null ? true : (
      var.platform.capacity.ec2 == null && contains(range(21, 201), var.size.ephemeral_storage_gib)
    )
    error_message = join(" ", [
      "services.${var.name}.size.ephemeral_storage_gib must be a whole number from 21 to 200 on Fargate and null on",
      "instances, got ${coalesce(var.size.ephemeral_storage_gib, "null")}.",
    ])
  }

  validation {
    condition = var.size.gpus == 0 || (
      var.platform.capacity.ec2 != null && var.size.gpus > 0 && floor(var.size.gpus) == var.size.gpus
    )
    error_message = join(" ", [
      "services.${var.name}.size.gpus must be a whole number, and 0 on Fargate, which has none,",
      "got ${var.size.gpus}.",
    ])
  }
}
