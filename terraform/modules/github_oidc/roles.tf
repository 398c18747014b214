locals {
  _issuer      = "token.actions.githubusercontent.com"
  provider_arn = coalesce(var.provider_arn, "arn:aws:iam::${var.account_id}:oidc-provider/${local._issuer}")

  # Which workflows may assume a role. A pull request of a fork gets no token, and a job that names an environment has
  # its name, not its branch's, as the subject.
  subjects = {
    plan    = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"]
    publish = ["repo:${var.repository}:ref:refs/heads/${var.branch}"]
    apply   = ["repo:${var.repository}:environment:${var.environment}"]
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://${local._issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  #checkov:skip=CKV_AWS_358:the claim is sub, compared with whole values; checkov doesn't see through each.value
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
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
  }
}

resource "aws_iam_role" "github" {
  for_each = local.subjects

  name               = "${var.name}-github-${each.key}"
  description        = "Workflows of ${var.repository} ${each.key} ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json

  # Its ARN is known, so that a plan shows who may; the provider itself comes first nevertheless.
  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy_attachment" "read" {
  for_each = local.subjects

  role       = aws_iam_role.github[each.key].name
  policy_arn = aws_iam_policy.read.arn
}

# Before there is anything to agree to, the merged images and models are put where a plan can name them.
resource "aws_iam_role_policy_attachment" "publish" {
  role       = aws_iam_role.github["publish"].name
  policy_arn = aws_iam_policy.change["data"].arn
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = aws_iam_policy.change

  role       = aws_iam_role.github["apply"].name
  policy_arn = each.value.arn
}
