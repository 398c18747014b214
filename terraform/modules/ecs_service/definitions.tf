locals {
  # Each of AWS's defaults is written out, in AWS's order: what it fills in by itself would come back as a change.
  _definitions = [for container in local._containers : {
    name      = container.name
    image     = container.image
    cpu       = container.cpu
    memory    = container.memory
    essential = container.essential

    # process
    command     = container.command
    user        = container.user
    environment = [for name, value in container.environment : { name = name, value = value }]
    secrets     = [for name, arn in container.secrets : { name = name, valueFrom = arn }]
    stopTimeout = var.rollout.stop_timeout_seconds
    dependsOn   = length(container.depends_on) == 0 ? null : [for name, condition in container.depends_on : { containerName = name, condition = condition }]
    healthCheck = container.health_check == null ? null : {
      command     = container.health_check.command
      interval    = container.health_check.interval_seconds
      timeout     = container.health_check.timeout_seconds
      retries     = container.health_check.retries
      startPeriod = container.health_check.start_period_seconds
    }
    ulimits              = length(container.ulimits) == 0 ? null : [for name, limit in container.ulimits : { name = name, softLimit = limit.soft, hardLimit = limit.hard }]
    linuxParameters      = { initProcessEnabled = true }
    resourceRequirements = container.gpus == 0 ? null : [{ type = "GPU", value = tostring(container.gpus) }]

    # files; ECS Exec's agent writes beside the container's own
    readonlyRootFilesystem = container.read_only_root && !var.container.exec
    mountPoints            = [{ sourceVolume = container.volume, containerPath = "/tmp", readOnly = false }]
    volumesFrom            = []

    # network
    portMappings   = container.port == null ? [] : [{ containerPort = container.port, hostPort = container.port, protocol = "tcp" }]
    systemControls = []

    # logs
    firelensConfiguration = container.firelens == null ? null : { type = container.firelens, options = { enable-ecs-log-metadata = "true" } }
    logConfiguration      = container.log_options == null ? local.cloudwatch_logs : { logDriver = "awsfirelens", options = container.log_options }
  }]
}
