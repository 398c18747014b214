output "roles" {
  description = "ARNs of the roles that a workflow assumes: `plan`, `publish` and `apply`."
  value       = module.github_oidc.roles
}
