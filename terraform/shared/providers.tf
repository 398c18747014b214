provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  # The sandbox is an emulator on loopback, at AWS_ENDPOINT_URL: it has no certificates and no instance metadata, and a
  # request that it cannot answer should fail at once, not after 25 attempts.
  max_retries                 = var.sandbox ? 8 : null
  s3_use_path_style           = var.sandbox
  skip_credentials_validation = var.sandbox
  skip_metadata_api_check     = var.sandbox ? true : null
  skip_region_validation      = var.sandbox

  default_tags {
    tags = {
      project     = var.project
      environment = var.environment
      managed_by  = "terraform"
    }
  }
}
