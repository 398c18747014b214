# Like the environments' stacks, but without tags: nothing here belongs to an environment.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  max_retries                 = var.sandbox ? 8 : null
  s3_use_path_style           = var.sandbox
  skip_credentials_validation = var.sandbox
  skip_metadata_api_check     = var.sandbox ? true : null
  skip_region_validation      = var.sandbox
}
