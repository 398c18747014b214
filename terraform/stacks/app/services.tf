# The type is any, because a map of objects requires objects of one shape, and so that a new key of a block needs no
# change here: blocks are passed to the modules, whose inputs have types and defaults. A type drops unknown keys
# silently. The wrapper refuses unknown keys of the environment file at any depth; here only those of a service itself
# are refused.
variable "services" {
  description = "Services by name. `image` is by digest. `model` is what its container gets in MODEL_URI, MODEL_SHA256 and MODEL_LABEL; with `files`, a sidecar with that image puts the files at a path (MODEL_PATH). All other keys are inputs of the modules; null or a missing key is the default."
  type        = any
  nullable    = false

  validation {
    condition     = length(var.services) > 0
    error_message = "services must name at least 1 service, got {}."
  }

  validation {
    condition = length(setsubtract(flatten([for service in var.services : keys(service)]), local.service_keys)) == 0
    error_message = format(
      "services.* must have no other keys than %s, got %s.", join(", ", local.service_keys),
      join(", ", setsubtract(flatten([for service in var.services : keys(service)]), local.service_keys))
    )
  }

  validation {
    condition = alltrue([
      for name, service in var.services :
      !(contains(keys(var.services), "${name}-green") && try(contains(keys(service.slots), "green"), false))
    ])
    error_message = format(
      "services must not be called like another one's second slot, got %s.",
      join(", ", [for name in keys(var.services) : name if contains(keys(var.services), trimsuffix(name, "-green")) && endswith(name, "-green")])
    )
  }

  validation {
    condition = alltrue([
      for service in var.services : contains(keys(var.cluster.ec2), service.capacity.ec2)
      if try(service.capacity.ec2, null) != null
    ])
    error_message = format(
      "services.*.capacity.ec2 must name a group of cluster.ec2, got %s.",
      join(", ", setsubtract(
        compact([for service in var.services : try(service.capacity.ec2, null)]), keys(var.cluster.ec2)
      ))
    )
  }

  validation {
    condition = alltrue([
      for service in var.services :
      contains(keys(var.services), service.variant.of) && try(var.services[service.variant.of].variant, null) == null
      if try(service.variant, null) != null
    ])
    error_message = format(
      "services.*.variant.of must be a service that is no variant itself, got %s.",
      join(", ", [
        for name, service in var.services : "${service.variant.of} for ${name}" if try(service.variant, null) == null ? false : !(
          contains(keys(var.services), service.variant.of) && try(var.services[service.variant.of].variant, null) == null
        )
      ])
    )
  }

  # A listener for plain HTTP that forwards to them is refused; one that leads to HTTPS doesn't.
  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
  validation {
    condition = local.forwards_https || alltrue([
      for service in var.services : coalesce(try(service.protocol, null), "http") == "http"
    ])
    error_message = format(
      join(" ", [
        "services.*.protocol must be http without HTTPS alone (alb.certificate_arn or dns, and alb.redirect; AWS refuses",
        "it on plain HTTP), got %s.",
      ]),
      join(", ", [
        for name, service in var.services : "${service.protocol} for ${name}"
        if coalesce(try(service.protocol, null), "http") != "http"
      ])
    )
  }

  validation {
    condition = alltrue([
      for service in var.services : anytrue([
        try(service.model, null) == null,
        try(service.model.follow, false) == true,
        try(service.model.version != null && service.model.sha256 != null, false),
      ])
    ])
    error_message = format(
      "services.*.model must have a version and a sha256 unless it follows, got neither for %s.",
      join(", ", [
        for name, service in var.services : name if !anytrue([
          try(service.model, null) == null,
          try(service.model.follow, false) == true,
          try(service.model.version != null && service.model.sha256 != null, false),
        ])
      ])
    )
  }
}

locals {
  # A missing key is null, or empty if the stack itself reads it.
  _no_service = {
    alarms         = {}
    architecture   = null
    capacity       = {}
    command        = null
    depends_on     = {}
    desired_count  = null
    egress         = null
    environment    = {}
    exec           = false
    health         = null
    health_check   = null
    image          = null
    limits         = null
    logs           = null
    model          = null
    policy         = null
    port           = null
    protocol       = null
    read_only_root = null
    repository_arn = null
    rollout        = null
    route          = {}
    scaling        = {}
    secrets        = {}
    sidecars       = {}
    size           = null
    slots          = null
    tmp_mib        = null
    ulimits        = null
    variant        = null
  }
  # Whether no listener answers over plain HTTP, existing or created here.
  forwards_https = var.alb.existing == null ? (
    var.alb.redirect && (var.alb.certificate_arn != null || var.dns != null)
  ) : startswith(try(var.alb.existing.url, ""), "https://")
  service_keys = keys(local._no_service)
  services = {
    for name, service in var.services : name => merge(local._no_service, {
      for key, value in service : key => value if value != null
    })
  }
}

locals {
  # At whose route a service answers: its own, or that of the one that it is a variant of.
  routed = [for name, service in local.services : name if service.variant == null]
  route_owners = {
    for name, service in local.services : name => (
      try(contains(local.routed, service.variant.of), false) ? service.variant.of : name
    )
  }
}

# A sidecar fetches a model's files before the container starts, so no image needs to know S3. It runs as root, which
# owns the shared folder: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
locals {
  _files = { for name, model in local._models : name => model.files if try(model.files, null) != null }
  model_files = {
    for name, files in local._files : name => {
      depends_on = merge(local.services[name].depends_on, { model-files = "SUCCESS" })
      mounts     = { model-files = { path = files.path, read_only = true } }
      sidecars = merge(local.services[name].sidecars, {
        model-files = {
          image       = files.image
          command     = ["python", "-m", "service.fetch", files.path]
          user        = "0"
          essential   = false
          environment = { for variable, value in local.told[name] : variable => value if value != null }
          mounts      = { model-files = { path = files.path } }
        }
      })
    }
  }
}

locals {
  # Environment variables about the model. A follower reads the version and its sha256 from the pointer.
  _models  = { for name, service in local.services : name => service.model if service.model != null }
  _follows = { for name, model in local._models : name => lookup(model, "follow", null) == true }
  told = {
    for name, service in local.services : name => {
      MODEL_LABEL  = lookup(local._follows, name, true) ? null : "${service.model.name}/${service.model.version}"
      MODEL_MODE   = lookup(local._follows, name, false) ? "follow" : null
      MODEL_PATH   = try(service.model.files.path, null)
      MODEL_SHA256 = lookup(local._follows, name, true) ? null : lookup(service.model, "sha256", null)
      MODEL_URI = service.model == null ? null : join("/", concat(
        ["s3://${var.model_bucket.name}/models", service.model.name],
        local._follows[name] ? [] : compact([lookup(service.model, "version", null)])
      ))
    }
  }
}
