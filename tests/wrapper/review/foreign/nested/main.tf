# Modules within modules by count and for_each, two providers of one kind, two networks, checks and preconditions.
provider "aws" {
  alias                       = "other"
  region                      = "us-east-1"
  access_key                  = "offline"
  secret_key                  = "offline"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

module "tenant" {
  source   = "./tenant"
  for_each = toset(["acme \"&\" sons", "zoë"])

  name = each.key
}

module "spare" {
  source = "./tenant"
  count  = 2

  name      = "spare-${count.index}"
  providers = { aws = aws.other }
}

resource "terraform_data" "release" {
  input            = { version = 7, when = timestamp() }
  triggers_replace = [for tenant in module.tenant : tenant.id]
}

check "tenants" {
  assert {
    condition     = length(module.tenant) > 5
    error_message = "There should be more than 5 tenants, got ${length(module.tenant)}."
  }
}

output "tenants" {
  value = { for name, tenant in module.tenant : name => tenant.id }
}
