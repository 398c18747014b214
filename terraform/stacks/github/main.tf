module "github_oidc" {
  source = "../../modules/github_oidc"

  account_id  = var.account_id
  region      = var.region
  name        = local.prefix
  repository  = { name = var.github.repository, owner_id = var.github.owner_id, id = var.github.repository_id }
  branch      = var.github.branch
  environment = coalesce(var.github.environment, var.environment)
  tags        = { project = var.project, environment = var.environment }
  existing    = var.existing
}
