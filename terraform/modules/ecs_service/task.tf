locals {
  full_name = "${var.environment.prefix}-${var.name}"
}

resource "aws_ecs_task_definition" "service" {
  family                   = local.full_name
  requires_compatibilities = [local.on_instances ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode(local.container_definitions)

  # size
  cpu    = var.size.cpu
  memory = var.size.memory

  dynamic "ephemeral_storage" {
    for_each = var.size.ephemeral_storage_gib == null ? [] : [var.size.ephemeral_storage_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  # permissions
  execution_role_arn = module.task_roles.execution_role_arn
  task_role_arn      = module.task_roles.task_role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(var.container.architecture)
  }

  # The only writable place beside a read-only root, one for each container; it ends with the task.
  dynamic "volume" {
    for_each = [for container in local._containers : container.volume]

    content {
      name = volume.value
    }
  }

  # A rollback, ECS's own or ours, starts an earlier revision: Terraform must not deregister it on its way.
  skip_destroy = true

  lifecycle {
    precondition {
      condition     = length(local.faulty_dependencies) == 0
      error_message = "services.${var.name}.depends_on must name other containers with START, COMPLETE or SUCCESS (neither for an essential one) or HEALTHY (of one with a health_check), got ${join(", ", local.faulty_dependencies)}."
    }
  }
}
