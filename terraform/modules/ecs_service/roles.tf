module "task_roles" {
  source = "../task_roles"

  environment = var.environment
  name        = local.full_name

  execution = {
    images         = local.containers[*].image
    log_group_name = local.log_group_name
    repositories   = compact([var.container.repository_arn])
    secrets        = flatten([for container in local.containers : values(container.secrets)])
  }
  task = {
    policy           = var.container.policy
    readable_objects = var.container.readable_objects
  }
}
