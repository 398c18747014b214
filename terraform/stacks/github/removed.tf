# 2026-11-29: GitHub's OIDC provider belongs to the account; the stack `account` imports it.
removed {
  from = module.github_oidc.aws_iam_openid_connect_provider.github

  lifecycle {
    destroy = false
  }
}
