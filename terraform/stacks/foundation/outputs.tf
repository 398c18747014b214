output "cache_urls" {
  description = "By name of a cache, what the name of an image in it goes on from."
  value       = module.ecr_registry.cache_urls
}

output "model_bucket" {
  description = "`arn` and `name` of the bucket that holds the models."
  value       = module.model_store.bucket
}

output "repositories" {
  description = "By service or job, `arn`, `name` and `url` of its image repository."
  value       = { for name, ecr in module.ecr : name => ecr.repository }
}
