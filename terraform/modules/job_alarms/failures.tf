locals {
  full_name      = "${var.prefix}-${var.name}"
  counts_failure = var.alarms.failures == null ? [] : [var.alarms.failures]
}

# ECS has no metric of failed tasks, but sends an event when a task ends; EventBridge counts the events that a rule
# matches.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
resource "aws_cloudwatch_event_rule" "failed" {
  count = length(local.counts_failure)

  name        = "${local.full_name}-failed"
  description = "Tasks of ${local.full_name} that ended badly or never ran"

  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      group      = ["family:${var.task_definition_family}"]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ "anything-but" = [0] }] } },
        { stopCode = ["TaskFailedToStart"] },
      ]
    }
  })
}

# The events, with exit code and reason, for a person who investigates.
resource "aws_sqs_queue" "failed" {
  count = length(local.counts_failure)

  name                      = "${local.full_name}-failed"
  message_retention_seconds = 1209600 # 14 days, the longest
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "rule_may_send" {
  count = length(local.counts_failure)

  statement {
    sid       = "KeepWhatFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed[0].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.failed[0].arn]
    }
  }
}

resource "aws_sqs_queue_policy" "rule_may_send" {
  count = length(local.counts_failure)

  queue_url = aws_sqs_queue.failed[0].url
  policy    = data.aws_iam_policy_document.rule_may_send[0].json
}

resource "aws_cloudwatch_event_target" "failed" {
  count = length(local.counts_failure)

  rule      = aws_cloudwatch_event_rule.failed[0].name
  target_id = "keep"
  arn       = aws_sqs_queue.failed[0].arn

  depends_on = [aws_sqs_queue_policy.rule_may_send]
}
