resource "aws_autoscaling_group" "instances" {
  name                = var.name
  vpc_zone_identifier = var.subnet_ids

  # ECS sets the number between these; a desired capacity here would reset it.
  min_size = var.instances.min
  max_size = var.instances.max
  # An apply that waits for instances blocks until AWS has capacity, and ECS waits for them anyway.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.instance.id
    version = aws_launch_template.instance.latest_version
  }

  # The capacity provider adds this tag; without it here, the next plan would remove it.
  tag {
    key                 = "AmazonECSManaged"
    value               = ""
    propagate_at_launch = true
  }

  dynamic "tag" {
    for_each = var.tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }
}

resource "aws_ecs_capacity_provider" "instances" {
  name = var.name

  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.instances.arn
    # Draining lets tasks finish before an instance ends. With scale-in protection the group could not be destroyed.
    managed_draining               = "ENABLED"
    managed_termination_protection = "DISABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = 100
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 10
      instance_warmup_period    = 120
    }
  }
}
