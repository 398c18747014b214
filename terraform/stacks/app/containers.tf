locals {
  default_port   = 8000
  reserved_names = ["IMAGE_DIGEST", "MODEL_MODE", "MODEL_SHA256", "MODEL_URI", "PORT"]

  # What a container is told about itself.
  _identities = {
    for name, service in var.services : name => merge(
      {
        IMAGE_DIGEST = split("@", service.image)[1]
        PORT         = tostring(coalesce(service.port, local.default_port))
      },
      # A follower finds versions by the pointer in this folder, and takes their sha256 from it.
      try(service.model.follow, false) ? {
        MODEL_MODE = "follow"
        MODEL_URI  = "s3://${var.model_bucket.name}/models/${service.model.name}"
      } : {},
      service.model == null || try(service.model.follow, false) ? {} : {
        MODEL_URI    = "s3://${var.model_bucket.name}/models/${service.model.name}/${service.model.version}"
        MODEL_SHA256 = service.model.sha256
      },
    )
  }

  containers = {
    for name, service in var.services : name => {
      image              = service.image
      repository_arn     = service.repository_arn
      command            = service.command
      port               = coalesce(service.port, local.default_port)
      environment        = merge(service.environment, local._identities[name])
      secrets            = service.secrets
      architecture       = service.architecture
      depends_on         = service.depends_on
      exec               = service.exec
      health_check       = service.health_check
      policy             = service.policy
      read_only_root     = service.read_only_root
      sidecars           = service.sidecars
      ulimits            = service.ulimits
      log_options        = service.logs.firelens
      log_retention_days = service.logs.retention_days
      disposable_logs    = var.disposable
      readable_objects = service.model == null ? [] : [
        { bucket_arn = var.model_bucket.arn, prefix = "models/${service.model.name}/" }
      ]
    }
  }
}
