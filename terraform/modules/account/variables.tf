variable "account_id" {
  description = "AWS account, 12 digits."
  type        = string
  nullable    = false
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

  validation {
    condition = alltrue([
      for each in flatten(var.replication[*].destinations) : each.region != var.region || each.account_id != var.account_id
    ])
    error_message = join(" ", [
      "images.replicas must be regions other than ${var.region}, where the images are, got",
      "${var.region}.",
    ])
  }

  validation {
    condition     = length(var.replication) <= 10
    error_message = "images.replicas must be of at most 10 environments in an account's region, got ${length(var.replication)}."
  }
}

variable "service_linked_roles" {
  description = "Descriptions of the service-linked roles, by service, such as ecs.amazonaws.com; null where AWS gave none."
  type        = map(string)
  default     = {}
  nullable    = false
}
