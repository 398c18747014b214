module "github_oidc" {
  source = "../../modules/github_oidc"

  account_id   = var.account_id
  region       = var.region
  name         = local.prefix
  repository   = var.github.repository
  branch       = var.github.branch
  environment  = coalesce(var.github.environment, var.environment)
  provider_arn = var.github.provider_arn
  existing     = merge(var.existing, { tags = { project = var.project, environment = var.environment } })
}
