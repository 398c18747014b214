module "task_roles" {
  source = "../task_roles"

  environment = var.environment
  name        = local.full_name

  execution = {
    images         = concat([var.container.image], [for sidecar in var.container.sidecars : sidecar.image if sidecar.image != null])
    log_group_name = local.log_group_name
    repositories   = compact([var.container.repository_arn])
    secrets        = concat(values(var.container.secrets), flatten([for sidecar in var.container.sidecars : values(sidecar.secrets)]))
  }
  task = {
    policy           = var.container.policy
    readable_objects = var.container.readable_objects
  }
}
