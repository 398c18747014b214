# Roles are passed only to these services, and nothing is passed to the workflows' own roles: otherwise an apply could
# give itself every permission through a role that it may change.
data "aws_iam_policy_document" "limits" {
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${var.name}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  statement {
    sid       = "LeaveOwnRights"
    effect    = "Deny"
    actions   = setunion(local._change_identities.roles.actions, ["iam:PassRole"])
    resources = ["arn:aws:iam::${var.account_id}:policy/${var.name}-github-*", "arn:aws:iam::${var.account_id}:role/${var.name}-github-*"]
  }
}

resource "aws_iam_role_policy" "limits" {
  name   = "limits"
  role   = aws_iam_role.github["apply"].name
  policy = data.aws_iam_policy_document.limits.json
}
