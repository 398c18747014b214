locals {
  # A new object in a bucket is an event like any other; matching a suffix takes a wildcard, which is more work for EventBridge.
  _keys = [for trigger in var.triggers : trigger.object_created == null ? null : {
    for name, value in {
      prefix   = trigger.object_created.suffix == "" ? trigger.object_created.prefix : null
      wildcard = trigger.object_created.suffix == "" ? null : "${trigger.object_created.prefix}*${trigger.object_created.suffix}"
    } : name => value if value != null
  }]
  # Environment variables for the container; <name> is replaced by the event's value at that path.
  events = [for number, trigger in var.triggers : {
    retry = trigger.retry
    pattern = trigger.event != null ? trigger.event.pattern : jsonencode({
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [trigger.object_created.bucket] }, object = { key = [local._keys[number]] } }
    })
    paths = trigger.event != null ? trigger.event.variables : tomap({
      bucket = "$.detail.bucket.name", key = "$.detail.object.key"
    })
    environment = trigger.event != null ? tomap({ for name in keys(trigger.event.variables) : name => "<${name}>" }) : tomap({
      (trigger.object_created.variable) = "s3://<bucket>/<key>"
    })
  } if trigger.schedule == null]
}

resource "aws_cloudwatch_event_rule" "job" {
  count = length(local.events)

  name          = local.numbered[count.index]
  description   = "Starts a task of ${local.full_name}"
  event_pattern = local.events[count.index].pattern
}

resource "aws_cloudwatch_event_target" "job" {
  count = length(local.events)

  rule      = aws_cloudwatch_event_rule.job[count.index].name
  target_id = var.name
  arn       = var.platform.cluster.arn
  role_arn  = aws_iam_role.trigger["event"].arn

  ecs_target {
    task_definition_arn     = aws_ecs_task_definition.job.arn
    launch_type             = "FARGATE"
    enable_ecs_managed_tags = true
    propagate_tags          = "TASK_DEFINITION"

    network_configuration {
      subnets          = var.platform.network.subnet_ids
      security_groups  = [aws_security_group.tasks.id]
      assign_public_ip = var.platform.network.assign_public_ip
    }
  }

  # The event's values as overrides of the container's environment. jsonencode writes < and > as \u003c and \u003e, in
  # which EventBridge would not find its placeholders.
  input_transformer {
    input_paths = local.events[count.index].paths
    input_template = replace(replace(jsonencode({
      containerOverrides = [{
        name        = var.name
        environment = [for name, value in local.events[count.index].environment : { name = name, value = value }]
      }]
    }), "\\u003c", "<"), "\\u003e", ">")
  }

  retry_policy {
    maximum_retry_attempts       = local.events[count.index].retry.maximum_attempts
    maximum_event_age_in_seconds = local.events[count.index].retry.maximum_age_seconds
  }

  dead_letter_config {
    arn = local.queue.arn
  }

  # Starting a task requires the permission, and a task requires its egress.
  depends_on = [
    aws_iam_role_policy.trigger, aws_sqs_queue_policy.rule_may_send,
    module.task_egress,
  ]
}
