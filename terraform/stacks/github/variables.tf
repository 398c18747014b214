variable "github" {
  description = "Whose workflows may plan and apply: the repository as owner/name, its branch and its GitHub environment (null is this environment's name), and the OIDC provider if the account has it."
  type = object({
    repository   = string
    branch       = optional(string, "main")
    environment  = optional(string)
    provider_arn = optional(string)
  })
  nullable = false
}
