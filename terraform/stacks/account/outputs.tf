output "github_provider_arn" {
  description = "GitHub's OIDC provider; null if there is none."
  value       = module.account.github_provider_arn
}
