locals {
  # The account's provider; an account can have only one.
  _issuer       = "token.actions.githubusercontent.com"
  _provider_arn = "arn:aws:iam::${var.account_id}:oidc-provider/${local._issuer}"

  # The tokens of a repository created, renamed or transferred since 2026-07-15 contain ids, which no other repository
  # gets.
  # https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
  _names = split("/", var.repository.name)
  repositories = concat([var.repository.name], var.repository.id == null ? [] : [
    "${local._names[0]}@${var.repository.owner_id}/${local._names[1]}@${var.repository.id}"
  ])

  # Which workflows may assume a role. A pull request from a fork gets no token. The subject of a job with an
  # environment contains the environment's name, not its branch.
  # its name, not its branch's, as the subject.
  _claims = {
    plan    = ["pull_request", "ref:refs/heads/${var.branch}"]
    publish = ["ref:refs/heads/${var.branch}"]
    apply   = ["environment:${var.environment}"]
  }
  subjects = { for role, claims in local._claims : role => [for each in setproduct(local.repositories, claims) : "repo:${each[0]}:${each[1]}"] }
}

data "aws_iam_policy_document" "trust" {
  #checkov:skip=CKV_AWS_358:the claim is sub, compared with whole values; checkov doesn't see through each.value
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local._provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local._issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local._issuer}:sub"
      values   = each.value
    }

    # A job's environment says nothing about its branch, and GitHub creates a missing environment for any branch,
    # without reviewers. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    dynamic "condition" {
      for_each = each.key == "apply" ? ["refs/heads/${var.branch}"] : []

      content {
        test     = "StringEquals"
        variable = "${local._issuer}:ref"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "github" {
  for_each = local.subjects

  name               = "${var.name}-github-${each.key}"
  description        = "Workflows of ${var.repository.name} ${each.key} ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
  # Longer than a job may take: if the credentials expired during an apply, it could not write its state.
  max_session_duration = 7200
}
