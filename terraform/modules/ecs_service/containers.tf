locals {
  # The service's own container and those beside it, which the provider sorts by name. What only one kind has is null in the other.
  _own = {
    name        = var.name
    image       = var.container.image
    command     = var.container.command
    cpu         = 0
    memory      = null
    essential   = true
    user        = null
    environment = var.container.environment
    secrets     = var.container.secrets
    gpus        = var.size.gpus

    depends_on     = var.container.depends_on
    health_check   = var.container.health_check
    port           = var.container.port
    read_only_root = var.container.read_only_root
    ulimits        = var.container.ulimits
    volume         = "tmp"
    firelens       = null
    log_options    = var.container.log_options
  }
  _others = [for name, sidecar in var.container.sidecars : merge(sidecar, {
    name        = name
    image       = coalesce(sidecar.image, var.container.image)
    gpus        = 0
    ulimits     = {}
    volume      = "tmp-${name}"
    log_options = null
  })]
  _containers = concat([local._own], local._others)

  container_definitions = [for definition in local._definitions : { for key, value in definition : key => value if value != null }]
}
