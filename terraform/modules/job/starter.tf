# What EventBridge may do for the job: start its tasks.

locals {
  # In the list's order: the first kind has the role's names and the queue, so an added trigger replaces nothing.
  _kinds   = distinct([for trigger in var.triggers : trigger.schedule != null ? "schedule" : "event"])
  triggers = { for kind in local._kinds : kind => kind == "schedule" ? "scheduler" : "events" }
  # No job has this name, because a job's name has no dot.
  numbered = [for number in range(length(var.triggers)) : join(".", compact([
    local.full_name, number == 0 ? "" : tostring(number + 1)
  ]))]

  # Computed from the names, because the role is created first.
  _owner = "${var.environment.region}:${var.environment.account_id}"
  _sources = {
    schedule = ["arn:aws:scheduler:${local._owner}:schedule-group/${local.full_name}"]
    event    = [for number in range(length(local.events)) : "arn:aws:events:${local._owner}:rule/${local.numbered[number]}"]
  }
}

data "aws_iam_policy_document" "assumed_by_trigger" {
  for_each = local.triggers

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.value}.amazonaws.com"]
    }

    # EventBridge acts for any caller; only this job's schedule or rule may use the role.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.environment.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local._sources[each.key]
    }
  }
}

data "aws_iam_policy_document" "run" {
  for_each = local.triggers

  statement {
    sid       = "RunTask"
    actions   = ["ecs:RunTask"]
    resources = [aws_ecs_task_definition.job.arn]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.platform.cluster.arn]
    }
  }

  # Tasks have the tags of their task definition.
  statement {
    sid       = "TagTask"
    actions   = ["ecs:TagResource"]
    resources = ["arn:aws:ecs:${local._owner}:task/${var.platform.cluster.name}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid       = "HandRolesToTask"
    actions   = ["iam:PassRole"]
    resources = [module.task_roles.execution_role_arn, module.task_roles.task_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "trigger" {
  for_each = local.triggers

  name               = join("-", compact([local.full_name, "trigger", each.key == local._kinds[0] ? "" : each.key]))
  assume_role_policy = data.aws_iam_policy_document.assumed_by_trigger[each.key].json
}

resource "aws_iam_role_policy" "trigger" {
  for_each = local.triggers

  name   = "run-task"
  role   = aws_iam_role.trigger[each.key].id
  policy = data.aws_iam_policy_document.run[each.key].json
}
