# The policies, each of at most 6,144 characters: what is listed of the account, what is read of the environment, what a
# merge adds, and what an apply changes.
locals {
  policies = merge(
    { for name, statements in local.changes : name => { statements = statements, description = "What an apply of ${var.name} changes: ${replace(name, "_", " ")}" } },
    {
      list    = { statements = local._lists, description = "What a plan of ${var.name} lists" }
      publish = { statements = local._publishes, description = "What a merge adds to ${var.name}" }
      read    = { statements = local._reads, description = "What a plan of ${var.name} reads" }
    }
  )

  # Merged images and models are published before the approval, so that a plan can name them.
  attached = {
    plan    = ["list", "read"]
    publish = ["list", "publish", "read"]
    apply   = concat(["list", "read"], keys(local.changes))
  }
}

data "aws_iam_policy_document" "policy" {
  for_each = local.policies

  dynamic "statement" {
    for_each = each.value.statements

    content {
      sid       = replace(title(replace(statement.key, "_", " ")), " ", "")
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = try(statement.value.when, [])

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_policy" "github" {
  for_each = local.policies

  name        = "${var.name}-github-${replace(each.key, "_", "-")}"
  description = each.value.description
  policy      = data.aws_iam_policy_document.policy[each.key].json
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each = merge([
    for role, policies in local.attached : { for policy in policies : "${role}/${policy}" => { role = role, policy = policy } }
  ]...)

  role       = aws_iam_role.github[each.value.role].name
  policy_arn = aws_iam_policy.github[each.value.policy].arn
}
