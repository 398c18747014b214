# What the agent of ECS Exec, which runs next to the containers, may do with the task's role.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
data "aws_iam_policy_document" "exec" {
  statement {
    sid = "OpenSessions"
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = local._exec_logs

    content {
      sid       = "FindSessionLogs"
      actions   = ["logs:DescribeLogGroups"]
      resources = ["*"] # AWS does not allow it for a single log group
    }
  }

  dynamic "statement" {
    for_each = local._exec_logs

    content {
      sid       = "WriteSessionLogs"
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      resources = ["${local._log_arn}:${statement.value.log_group_name}:*"]
    }
  }

  dynamic "statement" {
    for_each = local._exec_logs

    content {
      sid       = "DecryptSessions"
      actions   = ["kms:Decrypt"]
      resources = [statement.value.kms_key_arn]
    }
  }
}

locals {
  _log_arn   = "arn:aws:logs:${var.environment.region}:${var.environment.account_id}:log-group"
  _exec_logs = var.platform.cluster.exec_logs == null ? [] : [var.platform.cluster.exec_logs]
}

resource "aws_iam_role_policy" "exec" {
  count = var.container.exec ? 1 : 0

  name   = "open-sessions"
  role   = module.task_roles.task_role_name
  policy = data.aws_iam_policy_document.exec.json
}
