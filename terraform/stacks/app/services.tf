# Defaults are the modules' own: what is left out here is null there.
variable "services" {
  description = "Services by name. `image` is given by digest; `model` is what its container finds in MODEL_URI and MODEL_SHA256."
  type = map(object({
    image          = string
    repository_arn = optional(string)
    desired_count  = optional(number)
    limits         = optional(object({ min = number, max = number }))
    architecture   = optional(string)
    command        = optional(list(string))
    port           = optional(number)
    environment    = optional(map(string), {})
    secrets        = optional(map(string), {})
    depends_on     = optional(map(string))
    ulimits        = optional(map(object({ soft = number, hard = number })))
    exec           = optional(bool, false)
    read_only_root = optional(bool)
    policy         = optional(list(object({ actions = list(string), resources = list(string) })))
    capacity = optional(object({
      fargate      = optional(object({ weight = optional(number), base = optional(number) }))
      fargate_spot = optional(object({ weight = optional(number), base = optional(number) }))
      ec2          = optional(string)
    }), {})
    size = optional(object({
      cpu                   = optional(number)
      memory                = optional(number)
      ephemeral_storage_gib = optional(number)
      gpus                  = optional(number)
    }))
    model = optional(object({
      name    = string
      version = optional(string)
      sha256  = optional(string)
      follow  = optional(bool, false)
    }))
    route = optional(object({ hosts = optional(list(string)), paths = optional(list(string)) }), {})
    logs  = optional(object({ retention_days = optional(number), firelens = optional(map(string)) }), {})
    health_check = optional(object({
      command              = list(string)
      interval_seconds     = optional(number)
      timeout_seconds      = optional(number)
      retries              = optional(number)
      start_period_seconds = optional(number)
    }))
    sidecars = optional(map(object({
      image          = optional(string)
      command        = optional(list(string))
      user           = optional(string)
      port           = optional(number)
      environment    = optional(map(string))
      secrets        = optional(map(string), {})
      cpu            = optional(number)
      memory         = optional(number)
      essential      = optional(bool)
      read_only_root = optional(bool)
      depends_on     = optional(map(string))
      firelens       = optional(string)
      health_check = optional(object({
        command              = list(string)
        interval_seconds     = optional(number)
        timeout_seconds      = optional(number)
        retries              = optional(number)
        start_period_seconds = optional(number)
      }))
    })), {})
    scaling = optional(object({
      min                 = optional(number)
      max                 = optional(number)
      cpu_percent         = optional(number)
      memory_percent      = optional(number)
      requests_per_target = optional(number)
      schedule            = optional(map(object({ cron = string, timezone = optional(string), min = number, max = number })))
      hours               = optional(object({ timezone = optional(string), days = optional(list(string)), start = string, stop = string }))
    }), {})
    health = optional(object({
      path                = optional(string)
      status              = optional(string)
      interval_seconds    = optional(number)
      timeout_seconds     = optional(number)
      healthy_threshold   = optional(number)
      unhealthy_threshold = optional(number)
      grace_seconds       = optional(number)
    }))
    alarms = optional(object({
      error_percent     = optional(number)
      latency_p95_ms    = optional(number)
      latency_p99_ms    = optional(number)
      unhealthy_targets = optional(number)
      missing_tasks     = optional(number)
      cpu_percent       = optional(number)
      memory_percent    = optional(number)
      rollback          = optional(bool)
    }), {})
    rollout = optional(object({
      minimum_healthy_percent = optional(number)
      maximum_percent         = optional(number)
      drain_seconds           = optional(number)
      stop_timeout_seconds    = optional(number)
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.services) > 0
    error_message = "services must name at least 1 service, got {}."
  }

  validation {
    condition     = alltrue([for service in var.services : can(regex("@sha256:[0-9a-f]{64}$", service.image))])
    error_message = "services.*.image must be a reference by digest (repository@sha256:...), got ${join(", ", [for name, service in var.services : "${service.image} for ${name}" if !can(regex("@sha256:[0-9a-f]{64}$", service.image))])}."
  }

  validation {
    condition     = alltrue([for image in flatten([for service in var.services : [for sidecar in service.sidecars : sidecar.image if sidecar.image != null]]) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "services.*.sidecars.*.image must be a reference by digest (repository@sha256:...) or null, got ${join(", ", [for image in flatten([for service in var.services : [for sidecar in service.sidecars : sidecar.image if sidecar.image != null]]) : image if !can(regex("@sha256:[0-9a-f]{64}$", image))])}."
  }

  validation {
    condition     = alltrue([for service in var.services : service.model == null ? true : service.model.follow || try(length(service.model.version) > 0 && length(service.model.sha256) > 0, false)])
    error_message = "services.*.model must have a version and a sha256 unless it follows, got neither for ${join(", ", [for name, service in var.services : name if service.model == null ? false : !(service.model.follow || try(length(service.model.version) > 0 && length(service.model.sha256) > 0, false))])}."
  }

  validation {
    condition     = alltrue([for service in var.services : length(setintersection(local.reserved_names, concat(keys(service.environment), keys(service.secrets)))) == 0])
    error_message = "services.*.environment and secrets must leave ${join(", ", local.reserved_names)} to the stack, got ${join(", ", flatten([for service in var.services : tolist(setintersection(local.reserved_names, concat(keys(service.environment), keys(service.secrets))))]))}."
  }

  validation {
    condition     = alltrue([for service in var.services : service.capacity.ec2 == null ? true : contains(keys(var.cluster.ec2), service.capacity.ec2)])
    error_message = "services.*.capacity.ec2 must name a group of cluster.ec2, got ${join(", ", [for service in var.services : coalesce(service.capacity.ec2, "-") if service.capacity.ec2 == null ? false : !contains(keys(var.cluster.ec2), service.capacity.ec2)])}."
  }

  validation {
    condition     = var.network.egress != "endpoints" || alltrue([for image in flatten([for service in var.services : [for sidecar in service.sidecars : sidecar.image if sidecar.image != null]]) : strcontains(image, ".dkr.ecr.${var.region}.amazonaws.com/")])
    error_message = "services.*.sidecars.*.image must be in ECR in ${var.region} with network.egress endpoints (there is no endpoint for another registry), got ${join(", ", [for image in flatten([for service in var.services : [for sidecar in service.sidecars : sidecar.image if sidecar.image != null]]) : image if !strcontains(image, ".dkr.ecr.${var.region}.amazonaws.com/")])}."
  }

  validation {
    condition     = var.network.egress != "endpoints" || alltrue([for service in var.services : service.repository_arn != null || strcontains(service.image, ".dkr.ecr.${var.region}.amazonaws.com/")])
    error_message = "services.*.image must be in ECR in ${var.region} with network.egress endpoints (there is no endpoint for another registry), got ${join(", ", [for service in var.services : service.image if service.repository_arn == null && !strcontains(service.image, ".dkr.ecr.${var.region}.amazonaws.com/")])}."
  }
}
