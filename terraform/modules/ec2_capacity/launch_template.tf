locals {
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
  _kind = var.instances.gpu ? "gpu/" : var.instances.architecture == "arm64" ? "arm64/" : ""

  # EC2 resolves the AMI when it starts an instance: no plan reads it, and new instances have the latest one.
  image_id = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/${local._kind}recommended/image_id"

  # Tasks have their own network interfaces and must not get the instance's role.
  _settings = concat(
    ["ECS_CLUSTER=${var.cluster_name}", "ECS_AWSVPC_BLOCK_IMDS=true", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"],
    var.instances.gpu ? ["ECS_ENABLE_GPU_SUPPORT=true"] : [],
  )
}

resource "aws_launch_template" "instance" {
  name                   = var.name
  image_id               = local.image_id
  instance_type          = var.instances.instance_type
  user_data              = base64encode("#!/bin/sh\ncat >> /etc/ecs/ecs.config <<'END'\n${join("\n", local._settings)}\nEND\n")
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.instance.id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.instance.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      volume_size           = var.instances.disk_gib
      volume_type           = "gp3"
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = var.name })
    }
  }
}
