output "cache_urls" {
  description = "By cache, the prefix of its images' names."
  value       = module.ecr_registry.cache_urls
}

output "model_bucket" {
  description = "`arn` and `name` of the bucket of the models."
  value = var.models.existing == null ? module.model_store[0].bucket : {
    arn  = "arn:aws:s3:::${var.models.existing.bucket}"
    name = var.models.existing.bucket
  }
}

output "repositories" {
  description = "By service or job, `arn`, `name` and `url` of its image repository."
  value       = merge({ for name, ecr in module.ecr : name => ecr.repository }, local.existing_repositories)
}
