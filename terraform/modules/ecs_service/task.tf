locals {
  full_name = "${var.environment.prefix}-${var.name}"

  # Each of AWS's defaults is written out, in AWS's order: what it fills in by itself would come back as a change.
  container = {
    name      = var.name
    image     = var.container.image
    cpu       = 0
    essential = true

    # process
    command     = var.container.command
    environment = [for name, value in var.container.environment : { name = name, value = value }]
    secrets     = [for name, arn in var.container.secrets : { name = name, valueFrom = arn }]
    stopTimeout = var.rollout.stop_timeout_seconds
    linuxParameters = {
      initProcessEnabled = true
    }

    # files
    readonlyRootFilesystem = var.container.read_only_root
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    volumesFrom            = []

    # network
    portMappings   = [{ containerPort = var.container.port, hostPort = var.container.port, protocol = "tcp" }]
    systemControls = []

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service.name
        awslogs-region        = var.environment.region
        awslogs-stream-prefix = "task"
        # A full buffer drops lines rather than holding up answers.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  }
}

resource "aws_ecs_task_definition" "service" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ for key, value in local.container : key => value if value != null }])

  # size
  cpu    = var.size.cpu
  memory = var.size.memory

  # permissions
  execution_role_arn = aws_iam_role.execution.arn
  task_role_arn      = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  # The only writable place beside a read-only root; it ends with the task.
  volume {
    name = "tmp"
  }

  # A rollback, ECS's own or ours, starts an earlier revision: Terraform must not deregister it on its way.
  skip_destroy = true
}
