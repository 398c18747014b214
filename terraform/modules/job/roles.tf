module "task_roles" {
  source = "../task_roles"

  environment = var.environment
  name        = local.full_name

  execution = {
    images         = [var.container.image]
    log_group_name = local.log_group_name
    repositories   = compact([var.container.repository_arn])
    secrets        = values(var.container.secrets)
  }
  task = {
    readable_objects = var.container.permissions.read
    writable_objects = var.container.permissions.write
  }
}
