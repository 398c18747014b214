locals {
  full_name      = "${var.environment.prefix}-${var.name}"
  log_group_name = "/ecs/${var.environment.prefix}/${var.name}"

  # AWS's defaults are written out, in AWS's order: one that AWS fills in would be a change in the next plan.
  container = {
    name      = var.name
    image     = var.container.image
    cpu       = 0
    essential = true

    # process
    command = var.container.command
    environment = [
      for name, value in merge(
        var.container.environment, { IMAGE_DIGEST = split("@", var.container.image)[1] }, var.container.told
      ) : { name = name, value = value }
    ]
    secrets = [for name, arn in var.container.secrets : { name = name, valueFrom = arn }]
    linuxParameters = { for key, value in {
      initProcessEnabled = true
      tmpfs = var.container.tmp_mib == null ? null : [
        { containerPath = "/tmp", size = var.container.tmp_mib, mountOptions = ["mode=1777"] }
      ]
    } : key => value if value != null }

    # files
    readonlyRootFilesystem = var.container.read_only_root
    mountPoints = var.container.tmp_mib != null ? [] : [
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }
    ]
    volumesFrom = []

    # network
    portMappings   = []
    systemControls = []

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.job.name
        awslogs-region        = var.environment.region
        awslogs-stream-prefix = "task"
        # A full buffer drops lines; it does not delay the work.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  }
}

resource "aws_ecs_task_definition" "job" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ for key, value in local.container : key => value if value != null }])

  # size
  cpu    = var.size.cpu
  memory = var.size.memory

  # permissions
  execution_role_arn = module.task_roles.execution_role_arn
  task_role_arn      = module.task_roles.task_role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(var.container.architecture)
  }

  # The only writable place beside a read-only root; it ends with the task.
  dynamic "volume" {
    for_each = var.container.tmp_mib == null ? ["tmp"] : []

    content {
      name = volume.value
    }
  }

  # A schedule or a rule names the earlier revision until it is changed, too: a task that starts meanwhile must find it.
  skip_destroy = true
}

resource "aws_cloudwatch_log_group" "job" {
  # checkov:skip=CKV_AWS_158:CloudWatch encrypts logs by itself; a key would keep nobody out who may read them

  name              = local.log_group_name
  retention_in_days = var.container.logs.retention_days
  skip_destroy      = !var.environment.disposable
}
