data "aws_iam_policy_document" "tasks_of_this_account" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    # ECS acts for any caller; only this account's tasks may use these roles.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.environment.account_id]
    }
  }
}

# What ECS does to start a task.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks_of_this_account.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# What the containers themselves may do.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = data.aws_iam_policy_document.tasks_of_this_account.json
}

resource "aws_iam_role_policy" "task" {
  count = length(concat(var.task.readable_objects, var.task.writable_objects)) > 0 ? 1 : 0

  name   = "use-objects"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

resource "aws_iam_role_policy" "policy" {
  count = length(var.task.policy) > 0 ? 1 : 0

  name   = "policy"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.policy.json
}
