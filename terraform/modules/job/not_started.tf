# Dead letters: starts that AWS refused until the retries were used up.
resource "aws_sqs_queue" "not_started" {
  for_each = toset(slice(local._kinds, 0, min(1, length(local._kinds))))

  name                      = "${local.full_name}-not-started"
  message_retention_seconds = 1209600 # 14 days, the longest
  sqs_managed_sse_enabled   = true
}

locals {
  queue = one(values(aws_sqs_queue.not_started))
}

# Scheduler sends with its role, a rule with the queue's own policy.
data "aws_iam_policy_document" "schedule_may_send" {
  for_each = { for kind in local._kinds : kind => local.queue.arn if kind == "schedule" }

  statement {
    sid       = "KeepWhatDidNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
  }
}

resource "aws_iam_role_policy" "schedule_may_send" {
  for_each = data.aws_iam_policy_document.schedule_may_send

  name   = "keep-what-did-not-start"
  role   = aws_iam_role.trigger[each.key].id
  policy = each.value.json
}

data "aws_iam_policy_document" "rule_may_send" {
  for_each = { for kind in local._kinds : kind => local.queue.arn if kind == "event" }

  statement {
    sid       = "KeepWhatDidNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local._sources.event
    }
  }
}

resource "aws_sqs_queue_policy" "rule_may_send" {
  for_each = data.aws_iam_policy_document.rule_may_send

  queue_url = local.queue.url
  policy    = each.value.json
}
