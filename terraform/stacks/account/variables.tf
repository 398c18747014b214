variable "account_id" {
  description = "AWS account, 12 digits; the provider refuses any other."
  type        = string
  nullable    = false
}

variable "existing" {
  description = "Existing resources of the account, to be imported: the provider's ARN, the service-linked roles' ARNs by service, and whether there are replication rules."
  type = object({
    github_provider_arn  = optional(string)
    replication          = optional(bool, false)
    service_linked_roles = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "github_audiences" {
  description = "Audiences of the tokens that GitHub's OIDC provider accepts; null creates no provider."
  type        = list(string)
  default     = null
  nullable    = true
}

variable "github_tags" {
  description = "Tags of the provider."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "region" {
  description = "AWS region of the registry, such as eu-west-1."
  type        = string
  nullable    = false
}

variable "replication" {
  description = "What the registry replicates: repositories whose names begin with one of `prefixes`, to each of `destinations`."
  type = list(object({
    prefixes     = list(string)
    destinations = list(object({ region = string, account_id = string }))
  }))
  default  = []
  nullable = false
}

variable "sandbox" {
  description = "Use the emulator that AWS_ENDPOINT_URL names."
  type        = bool
  default     = false
  nullable    = false
}

variable "service_linked_roles" {
  description = "Descriptions of the service-linked roles, by service, such as ecs.amazonaws.com; null where AWS gave none."
  type        = map(string)
  default     = {}
  nullable    = false
}
