variable "account_id" {
  description = "AWS account that the roles are in."
  type        = string
  nullable    = false
}

variable "branch" {
  description = "Branch whose workflows may plan, publish and, as jobs of the environment, apply; pull requests of the repository itself may plan, too."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "github.branch must be one branch, without a pattern, got ${var.branch}."
  }
}

variable "environment" {
  description = "GitHub environment whose jobs may apply, after its approval."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.environment))
    error_message = "github.environment must be one environment, without a pattern, got ${var.environment}."
  }
}

variable "name" {
  description = "Prefix of all names of the deployed environment, such as shop-dev; the roles reach no resource with another name."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region of the environment."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "GitHub repository whose workflows get the roles: `name` as owner/name, and the ids of owner and repository, which the tokens of newer repositories also contain."
  type = object({
    name     = string
    owner_id = optional(number)
    id       = optional(number)
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$", var.repository.name))
    error_message = "github.repository must be owner/name, got ${var.repository.name}."
  }

  validation {
    condition = (var.repository.owner_id == null) == (var.repository.id == null)
    error_message = format(
      "github.owner_id and repository_id must both be given or both be null, got %s and %s.",
      jsonencode(var.repository.owner_id), jsonencode(var.repository.id)
    )
  }
}

variable "tags" {
  description = "Tags of all resources of the environment, such as project and environment; a resource with other values is not touched."
  type        = map(string)
  nullable    = false
}
