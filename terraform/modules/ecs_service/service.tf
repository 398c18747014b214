locals {
  full_name = "${var.environment.prefix}-${var.name}"
}

# One service for each slot: a new version starts next to the old one before it gets requests.
resource "aws_ecs_service" "service" {
  for_each = local.slots

  name            = each.value.name
  cluster         = var.platform.cluster.arn
  task_definition = coalesce(each.value.task_definition_arn, aws_ecs_task_definition.service.arn)
  desired_count   = each.value.desired_count

  # compute
  availability_zone_rebalancing = each.value.maximum_percent > 100 ? "ENABLED" : "DISABLED"

  # Without it, the provider replaces the service, and ends its tasks, whenever its capacity changes.
  force_new_deployment = true

  dynamic "capacity_provider_strategy" {
    for_each = each.value.capacity

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  # roll-out; the wrapper waits and can say why one failed, while Terraform would call a rolled-back one a success
  wait_for_steady_state              = false
  deployment_minimum_healthy_percent = each.value.minimum_healthy_percent
  deployment_maximum_percent         = each.value.maximum_percent
  health_check_grace_period_seconds  = each.value.grace_seconds

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(each.value.alarms) == 0 ? [] : [each.value.alarms]

    content {
      alarm_names = alarms.value
      enable      = true
      rollback    = true
    }
  }

  # network
  network_configuration {
    subnets          = var.platform.network.subnet_ids
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = var.platform.network.assign_public_ip
  }

  load_balancer {
    target_group_arn = var.platform.load_balancer.target_groups[each.key].arn
    container_name   = var.name
    container_port   = each.value.port
  }

  enable_execute_command = each.value.exec

  # A task carries its service's tags, for its cost and for finding what is left of it.
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # ECS requires a target group that a rule uses (var.platform waits for the rules), and a new task needs its egress.
  depends_on = [
    aws_iam_role_policy.exec, aws_vpc_security_group_egress_rule.load_balancer_to_tasks,
    aws_vpc_security_group_ingress_rule.tasks_from_load_balancer, module.task_egress,
  ]
}

resource "aws_ecs_task_definition" "service" {
  family                   = local.full_name
  requires_compatibilities = [local.on_instances ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  container_definitions = jsonencode([
    for definition in local.definitions : { for key, value in definition : key => value if value != null }
  ])

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

  # The only writable volumes beside a read-only root, one for each container, and the shared ones; they end with the
  # task.
  dynamic "volume" {
    for_each = concat(
      [for container in local.containers : container.volume if container.tmp_mib == null],
      distinct(flatten([for container in local.containers : keys(container.mounts)])),
    )

    content {
      name = volume.value
    }
  }

  # A rollback, by ECS or by the wrapper, starts an earlier revision: Terraform must not deregister it.
  skip_destroy = true
}

locals {
  # Environment variables that the module and its caller add to the service's own container.
  told = merge(
    { IMAGE_DIGEST = split("@", var.container.image)[1], PORT = tostring(var.container.port) },
    { for name, value in var.container.told : name => value if value != null },
  )

  # The service's own container, then the sidecars; a setting that one kind lacks is null there.
  containers = concat(
    [merge(var.container, {
      name        = var.name
      volume      = "tmp"
      cpu         = 0
      memory      = null
      essential   = true
      user        = null
      firelens    = null
      gpus        = var.size.gpus
      logs        = var.container.logs.firelens
      environment = merge(var.container.environment, local.told)
    })],
    [for name, sidecar in var.container.sidecars : merge(sidecar, {
      name   = name
      volume = "tmp-${name}"
      # ECS runs a log router without a user as root, and then reports that: the next plan would replace it.
      user    = sidecar.firelens == null ? sidecar.user : coalesce(sidecar.user, "0")
      image   = coalesce(sidecar.image, var.container.image)
      gpus    = 0
      ulimits = {}
      logs    = null
    })],
  )
}

# The only writable place beside a read-only root; it ends with the task. On disk, Fargate gives it to root, unless the
# image declares it as a volume; in memory, every user may write to it.
locals {
  temporary = { for each in local.containers : each.name => {
    mounts = each.tmp_mib != null ? [] : [{ sourceVolume = each.volume, containerPath = "/tmp", readOnly = false }]
    parameters = { for key, value in {
      initProcessEnabled = true
      tmpfs = each.tmp_mib == null ? null : [
        { containerPath = "/tmp", size = each.tmp_mib, mountOptions = ["mode=1777"] }
      ]
    } : key => value if value != null }
  } }
}

locals {
  # AWS's defaults are written out, in AWS's order: one that AWS fills in would be a change in the next plan.
  definitions = [for each in local.containers : {
    name      = each.name
    image     = each.image
    cpu       = each.cpu
    memory    = each.memory
    essential = each.essential

    # process
    command     = each.command
    user        = each.user
    environment = [for name, value in each.environment : { name = name, value = value }]
    secrets     = [for name, arn in each.secrets : { name = name, valueFrom = arn }]
    stopTimeout = var.rollout.stop_timeout_seconds
    dependsOn = length(each.depends_on) == 0 ? null : [
      for name, condition in each.depends_on : { containerName = name, condition = condition }
    ]
    healthCheck = each.health_check == null ? null : {
      command     = each.health_check.command
      interval    = each.health_check.interval_seconds
      timeout     = each.health_check.timeout_seconds
      retries     = each.health_check.retries
      startPeriod = each.health_check.start_period_seconds
    }
    ulimits = length(each.ulimits) == 0 ? null : [
      for name, limit in each.ulimits : { name = name, softLimit = limit.soft, hardLimit = limit.hard }
    ]
    linuxParameters      = local.temporary[each.name].parameters
    resourceRequirements = each.gpus == 0 ? null : [{ type = "GPU", value = tostring(each.gpus) }]

    # files; ECS Exec's agent writes next to the container's own files
    readonlyRootFilesystem = each.read_only_root && !var.container.exec
    mountPoints = concat(local.temporary[each.name].mounts, [
      for name, mount in each.mounts : { sourceVolume = name, containerPath = mount.path, readOnly = mount.read_only }
    ])
    volumesFrom = []

    # network
    portMappings   = each.port == null ? [] : [{ containerPort = each.port, hostPort = each.port, protocol = "tcp" }]
    systemControls = []

    # logs
    firelensConfiguration = each.firelens == null ? null : {
      type    = each.firelens
      options = { enable-ecs-log-metadata = "true" }
    }
    logConfiguration = each.logs == null ? local.cloudwatch_logs : { logDriver = "awsfirelens", options = each.logs }
  }]
}
