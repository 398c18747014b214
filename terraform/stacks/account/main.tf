module "account" {
  source = "../../modules/account"

  account_id           = var.account_id
  region               = var.region
  github_audiences     = var.github_audiences
  github_tags          = var.github_tags
  replication          = var.replication
  service_linked_roles = var.service_linked_roles
}
