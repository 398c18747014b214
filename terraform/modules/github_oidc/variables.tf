variable "account_id" {
  description = "AWS account that the roles are in."
  type        = string
  nullable    = false
}

variable "branch" {
  description = "Branch whose workflows may plan; pull requests of the repository itself may, too."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "github.branch must be one branch, without a pattern, got ${var.branch}."
  }
}

variable "environment" {
  description = "GitHub environment whose jobs may apply, after the approval that the environment asks for."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.environment))
    error_message = "github.environment must be one environment, without a pattern, got ${var.environment}."
  }
}

variable "name" {
  description = "What all names of the deployed environment begin with, such as shop-dev; the roles reach nothing else that has a name."
  type        = string
  nullable    = false
}

variable "provider_arn" {
  description = "GitHub's OIDC provider in the account, of which there can be one; null makes it."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition = var.provider_arn == null ? true : can(regex(
      "^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.provider_arn
    ))
    error_message = join(" ", [
      "github.provider_arn must be the ARN of GitHub's OIDC provider or null, got",
      "${coalesce(var.provider_arn, "null")}.",
    ])
  }
}

variable "region" {
  description = "AWS region of the environment."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "GitHub repository whose workflows get the roles, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "github.repository must be owner/name, got ${var.repository}."
  }
}
