variable "container" {
  description = "The service's container and, in `sidecars`, those beside it. `environment` is plain text. `told` are variables that the deployment adds to IMAGE_DIGEST and PORT (null: none), whose names `environment` must not use. `secrets` maps names to ARNs of Secrets Manager or SSM. `readable_objects` are the S3 prefixes that the task may read, `policy` is what else it may do. `logs.firelens` are options of the sidecar with `firelens`, which gets the output instead of CloudWatch. `egress` is the input `ways` of the module `task_egress`. `tmp_mib` puts /tmp into so much of the task's memory, instead of a volume on its disk. `mounts` are folders that the task's containers share, by name, each with its path in the container."
  type = object({
    image          = string
    repository_arn = optional(string) # ECR repository of the image; null if it is not in ECR.
    architecture   = optional(string, "x86_64")
    command        = optional(list(string))
    port           = optional(number, 8000)
    environment    = optional(map(string), {})
    told           = optional(map(string), {}) # Variables that the deployment adds to IMAGE_DIGEST and PORT.
    secrets        = optional(map(string), {})
    depends_on     = optional(map(string), {})
    ulimits        = optional(map(object({ soft = number, hard = number })), {})
    exec           = optional(bool, false)
    read_only_root = optional(bool, true)
    tmp_mib        = optional(number)
    mounts = optional(map(object({      # Folders that the containers share, by name.
      path      = string                # Path in this container.
      read_only = optional(bool, false) # Whether it is read-only here.
    })), {})
    readable_objects = optional(list(object({ # What the task may read in S3.
      bucket_arn = string                     # The bucket.
      prefix     = string                     # Prefix of the objects' keys.
    })), [])
    policy = optional(list(object({ actions = list(string), resources = list(string) })), [])
    logs   = optional(object({ retention_days = optional(number, 30), firelens = optional(map(string)) }), {})
    egress = optional(map(object({
      port            = number
      to_port         = optional(number)
      protocol        = optional(string)
      cidrs           = optional(list(string))
      security_groups = optional(list(string))
      prefix_lists    = optional(list(string))
    })))
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
      tmp_mib        = optional(number)
      mounts = optional(map(object({      # Folders that the containers share, by name.
        path      = string                # Path in this container.
        read_only = optional(bool, false) # Whether it is read-only here.
      })), {})
      depends_on = optional(map(string), {})
      firelens   = optional(string)
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

  # image

  validation {
    condition     = contains(["x86_64", "arm64"], var.container.architecture)
    error_message = "services.${var.name}.image.architecture must be x86_64 or arm64, got ${var.container.architecture}."
  }

  validation {
    condition = (
      var.container.port >= 1 && var.container.port <= 65535 && floor(var.container.port) == var.container.port
    )
    error_message = "services.${var.name}.port must be a whole number from 1 to 65535, got ${var.container.port}."
  }

  validation {
    condition = var.platform.capacity.ec2 != null || length(setsubtract(keys(var.container.ulimits), ["nofile"])) == 0
    error_message = join(" ", [
      "services.${var.name}.ulimits must be nofile alone on Fargate, which lets no other be set,",
      "got ${join(", ", keys(var.container.ulimits))}.",
    ])
  }

  validation {
    condition = alltrue([for limit in var.container.ulimits : limit.soft <= limit.hard])
    error_message = format(
      "services.%s.ulimits must have soft limits of at most the hard ones, got more for %s.",
      var.name, join(", ", [for name, limit in var.container.ulimits : name if limit.soft > limit.hard])
    )
  }

  validation {
    condition = alltrue([
      for image in concat([var.container.image], compact(values(var.container.sidecars)[*].image)) :
      can(regex(local.image_by_digest, image))
    ])
    error_message = format(
      "services.%s.image and those of its sidecars must be references by digest (repository@sha256:...), got %s.",
      var.name, join(", ", [
        for image in concat([var.container.image], compact(values(var.container.sidecars)[*].image)) : image
        if !can(regex(local.image_by_digest, image))
      ])
    )
  }

  # environment

  validation {
    condition = length(setintersection(
      concat(keys(var.container.environment), keys(var.container.secrets)),
      concat(["IMAGE_DIGEST", "PORT"], keys(var.container.told))
    )) == 0
    error_message = format(
      "services.%s.environment and secrets must leave %s to the deployment, got %s.",
      var.name, join(", ", concat(["IMAGE_DIGEST", "PORT"], keys(var.container.told))),
      join(", ", setintersection(
        concat(keys(var.container.environment), keys(var.container.secrets)),
        concat(["IMAGE_DIGEST", "PORT"], keys(var.container.told))
      ))
    )
  }

  validation {
    condition = alltrue([
      for arn in flatten([for each in concat([var.container], values(var.container.sidecars)) : values(each.secrets)]) :
      can(regex(local.secret_arn, arn))
    ])
    error_message = format(
      join(" ", [
        "services.%s.secrets must map names to ARNs of Secrets Manager secrets or SSM parameters, never to values,",
        "got something else for %s.",
      ]),
      var.name, join(", ", flatten([
        for each in concat([var.container], values(var.container.sidecars)) :
        [for name, arn in each.secrets : name if !can(regex(local.secret_arn, arn))]
      ]))
    )
  }

  validation {
    condition = alltrue([
      for each in concat([var.container], values(var.container.sidecars)) :
      length(setintersection(keys(each.environment), keys(each.secrets))) == 0
    ])
    error_message = format(
      "services.%s.secrets must not repeat a name of environment, got %s.",
      var.name, join(", ", flatten([
        for each in concat([var.container], values(var.container.sidecars)) :
        tolist(setintersection(keys(each.environment), keys(each.secrets)))
      ]))
    )
  }

  # health check of ECS

  validation {
    condition = alltrue([
      for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
      check == null ? true : length(check.command) > 1 && contains(["CMD", "CMD-SHELL"], try(check.command[0], ""))
    ])
    error_message = format(
      join(" ", [
        "services.%s.health_check.command must be CMD or CMD-SHELL followed by a command,",
        "got something else for %s.",
      ]),
      var.name, join(", ", [
        for name, each in merge({ (var.name) = var.container }, var.container.sidecars) : name
        if each.health_check == null ? false : (
          length(each.health_check.command) < 2 ||
          !contains(["CMD", "CMD-SHELL"], try(each.health_check.command[0], ""))
        )
      ])
    )
  }

  validation {
    condition = alltrue([
      for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
      check == null ? true : contains(range(5, 301), check.interval_seconds)
    ])
    error_message = format(
      "services.%s.health_check.interval_seconds must be a whole number from 5 to 300, got %s.",
      var.name, join(" and ", [
        for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
        check.interval_seconds if check != null
      ])
    )
  }

  validation {
    condition = alltrue([
      for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
      check == null ? true : contains(range(2, 61), check.timeout_seconds)
    ])
    error_message = format(
      "services.%s.health_check.timeout_seconds must be a whole number from 2 to 60, got %s.",
      var.name, join(" and ", [
        for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
        check.timeout_seconds if check != null
      ])
    )
  }

  validation {
    condition = alltrue([
      for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
      check == null ? true : contains(range(1, 11), check.retries)
    ])
    error_message = format(
      "services.%s.health_check.retries must be a whole number from 1 to 10, got %s.",
      var.name, join(" and ", [
        for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
        check.retries if check != null
      ])
    )
  }

  validation {
    condition = alltrue([
      for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
      try(check.start_period_seconds, null) == null ? true : contains(range(0, 301), check.start_period_seconds)
    ])
    error_message = format(
      "services.%s.health_check.start_period_seconds must be a whole number from 0 to 300 or null, got %s.",
      var.name, join(" and ", [
        for check in concat([var.container.health_check], values(var.container.sidecars)[*].health_check) :
        coalesce(check.start_period_seconds, "null") if check != null
      ])
    )
  }

  # logs

  validation {
    condition = contains(local.log_retention_days, var.container.logs.retention_days)
    error_message = format(
      "services.%s.logs.retention_days must be one of %s (0 keeps forever), got %s.",
      var.name, join(", ", local.log_retention_days), var.container.logs.retention_days
    )
  }

  validation {
    condition = var.container.logs.firelens == null || length([
      for sidecar in var.container.sidecars : sidecar if sidecar.firelens != null
    ]) == 1
    error_message = format(
      "services.%s.logs.firelens must come with exactly 1 sidecar that has firelens, got %s.",
      var.name, length([for sidecar in var.container.sidecars : sidecar if sidecar.firelens != null])
    )
  }

  validation {
    condition = alltrue([
      for sidecar in var.container.sidecars :
      contains(["fluentbit", "fluentd"], coalesce(sidecar.firelens, "fluentbit"))
    ])
    error_message = format(
      "services.%s.sidecars must have fluentbit, fluentd or null as firelens, got %s.",
      var.name, join(", ", [
        for name, sidecar in var.container.sidecars : "${sidecar.firelens} for ${name}"
        if !contains(["fluentbit", "fluentd"], coalesce(sidecar.firelens, "fluentbit"))
      ])
    )
  }

  # sidecars

  validation {
    condition     = !contains(keys(var.container.sidecars), var.name)
    error_message = "services.${var.name}.sidecars must not be named like the service, got ${var.name}."
  }

  validation {
    condition = alltrue([
      for sidecar in var.container.sidecars : sidecar.port == null ? true : (
        sidecar.port >= 1 && sidecar.port <= 65535 && floor(sidecar.port) == sidecar.port
      )
    ])
    error_message = join("\n", [for name, sidecar in var.container.sidecars : format(
      "services.%s.sidecars.%s.port must be a whole number from 1 to 65535 or null, got %s.",
      var.name, name, sidecar.port
      ) if sidecar.port == null ? false : (
      sidecar.port < 1 || sidecar.port > 65535 || floor(sidecar.port) != sidecar.port
    )])
  }

  validation {
    condition = alltrue([
      for sidecar in var.container.sidecars : sidecar.cpu >= 0 && coalesce(sidecar.memory, 6) >= 6
    ])
    error_message = join("\n", [for name, sidecar in var.container.sidecars : format(
      "services.%s.sidecars.%s must have a cpu of at least 0 and a memory of at least 6 MiB or null, got %s and %s.",
      var.name, name, sidecar.cpu, coalesce(sidecar.memory, "null")
    ) if sidecar.cpu < 0 || coalesce(sidecar.memory, 6) < 6])
  }

  validation {
    condition = alltrue([
      for each in concat([var.container], values(var.container.sidecars)) :
      each.tmp_mib == null ? true : each.tmp_mib >= 1 && floor(each.tmp_mib) == each.tmp_mib
      ]) && sum([
      for each in concat([var.container], values(var.container.sidecars)) : coalesce(each.tmp_mib, 0)
    ]) < var.size.memory
    error_message = format(
      "services.%s.tmp_mib and its sidecars' must be whole numbers of at least 1 and together less than size.memory %s, got %s.",
      var.name, var.size.memory, join(" and ", [
        for each in concat([var.container], values(var.container.sidecars)) : each.tmp_mib if each.tmp_mib != null
      ])
    )
  }

  validation {
    condition = alltrue([
      for mount in flatten([for each in concat([var.container], values(var.container.sidecars)) : values(each.mounts)]) :
      can(regex("^(/[^/:\\s]+)+$", mount.path)) && mount.path != "/tmp"
    ])
    error_message = format(
      "services.%s.mounts and its sidecars' must have absolute paths other than /tmp, without a slash at the end, got %s.",
      var.name, join(" and ", flatten([
        for each in concat([var.container], values(var.container.sidecars)) : values(each.mounts)[*].path
      ]))
    )
  }

  validation {
    condition = length(compact(concat([var.container.port], values(var.container.sidecars)[*].port))) == length(
      distinct(compact(concat([var.container.port], values(var.container.sidecars)[*].port)))
    )
    error_message = format(
      "services.%s.sidecars must have ports of their own, got %s in one task.",
      var.name, join(", ", compact(concat([var.container.port], values(var.container.sidecars)[*].port)))
    )
  }

  validation {
    condition = (
      sum(concat([0], values(var.container.sidecars)[*].cpu)) <= var.size.cpu &&
      sum(concat([0], [for sidecar in var.container.sidecars : coalesce(sidecar.memory, 0)])) < var.size.memory
    )
    error_message = format(
      "services.%s.sidecars must leave room in size.cpu %s and size.memory %s, got %s and %s for the sidecars alone.",
      var.name, var.size.cpu, var.size.memory, sum(concat([0], values(var.container.sidecars)[*].cpu)),
      sum(concat([0], [for sidecar in var.container.sidecars : coalesce(sidecar.memory, 0)]))
    )
  }
}
