output "model_bucket" {
  description = "`arn` and `name` of the bucket that holds the models."
  value       = module.model_store.bucket
}

output "repositories" {
  description = "By service, `arn`, `name` and `url` of its image repository."
  value       = { for service, ecr in module.ecr : service => ecr.repository }
}
