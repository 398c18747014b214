output "github_provider_arn" {
  description = "GitHub's OIDC provider; null if there is none."
  value       = one(aws_iam_openid_connect_provider.github[*].arn)
}
