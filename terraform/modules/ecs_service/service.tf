resource "aws_ecs_service" "service" {
  name            = var.name
  cluster         = var.platform.cluster.arn
  task_definition = aws_ecs_task_definition.service.arn
  desired_count   = local.desired_count

  # compute
  availability_zone_rebalancing = var.rollout.maximum_percent > 100 ? "ENABLED" : "DISABLED"

  # Without it the provider would replace the service, and end its tasks, whenever its capacity changes.
  force_new_deployment = true

  dynamic "capacity_provider_strategy" {
    for_each = local.capacity

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  # roll-out; whoever waits for it can say why it failed, Terraform would call one that was taken back a success
  wait_for_steady_state              = false
  deployment_minimum_healthy_percent = var.rollout.minimum_healthy_percent
  deployment_maximum_percent         = var.rollout.maximum_percent
  health_check_grace_period_seconds  = var.health.grace_seconds

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(var.platform.alarms) == 0 ? [] : [var.platform.alarms]

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
    target_group_arn = aws_lb_target_group.tasks.arn
    container_name   = var.name
    container_port   = var.container.port
  }

  enable_execute_command = var.container.exec

  # A task carries its service's tags: its cost can be told, and its remains found.
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # ECS wants the target group in use, and a task that starts its ways.
  depends_on = [
    aws_lb_listener_rule.route, aws_iam_role_policy.exec,
    aws_vpc_security_group_egress_rule.load_balancer_to_tasks, aws_vpc_security_group_egress_rule.tasks_to_https,
    aws_vpc_security_group_ingress_rule.tasks_from_load_balancer,
  ]
}
