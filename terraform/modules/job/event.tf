locals {
  # An object in a bucket is an event like any other; a suffix takes a wildcard, which costs EventBridge more.
  _object = var.trigger.object_created
  _key = local._object == null ? null : local._object.suffix == "" ? { prefix = local._object.prefix } : {
    wildcard = "${local._object.prefix}*${local._object.suffix}"
  }
  _object_event = local._object == null ? null : {
    pattern = jsonencode({
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [local._object.bucket] }, object = { key = [local._key] } }
    })
    paths       = { bucket = "$.detail.bucket.name", key = "$.detail.object.key" }
    environment = { (local._object.variable) = "s3://<bucket>/<key>" }
  }
  _other_event = var.trigger.event == null ? null : {
    pattern     = var.trigger.event.pattern
    paths       = var.trigger.event.variables
    environment = { for name in keys(var.trigger.event.variables) : name => "<${name}>" }
  }

  # What the container is told, with <name> standing for what the event holds at that path.
  event = one([for event in [local._object_event, local._other_event] : event if event != null])
}

resource "aws_cloudwatch_event_rule" "job" {
  count = local.event == null ? 0 : 1

  name          = local.full_name
  description   = "Starts a task of ${local.full_name}"
  event_pattern = local.event.pattern
}

resource "aws_cloudwatch_event_target" "job" {
  count = local.event == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.job[0].name
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

  # What the container is told of the event, as overrides of its environment. jsonencode writes < and > as \u003c and
  # \u003e, in which EventBridge would not find its placeholders.
  input_transformer {
    input_paths = local.event.paths
    input_template = replace(replace(jsonencode({
      containerOverrides = [{
        name        = var.name
        environment = [for name, value in local.event.environment : { name = name, value = value }]
      }]
    }), "\\u003c", "<"), "\\u003e", ">")
  }

  retry_policy {
    maximum_retry_attempts       = var.trigger.retry.maximum_attempts
    maximum_event_age_in_seconds = var.trigger.retry.maximum_age_seconds
  }

  dead_letter_config {
    arn = aws_sqs_queue.not_started["event"].arn
  }

  # Who starts a task needs the right to, and the task its ways.
  depends_on = [
    aws_iam_role_policy.trigger, aws_sqs_queue_policy.rule_may_send,
    module.task_egress,
  ]
}
