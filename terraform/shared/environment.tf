# Inputs of every stack.
variable "account_id" {
  description = "AWS account that everything belongs to; the provider refuses any other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, got ${var.account_id}."
  }
}

variable "disposable" {
  description = "Let a destroy delete images, models and logs."
  type        = bool
  default     = false
  nullable    = false
}

variable "environment" {
  description = "Environment name, such as dev."
  type        = string
  nullable    = false

  validation {
    condition = can(regex("^[a-z][a-z0-9-]*$", var.environment)) && !endswith(var.environment, "-")
    error_message = join(" ", [
      "environment must be lower-case letters, digits and inner hyphens that begin with a letter, got",
      "${var.environment}.",
    ])
  }
}

variable "project" {
  description = "Project name, such as shop."
  type        = string
  nullable    = false

  validation {
    condition = can(regex("^[a-z][a-z0-9-]*$", var.project)) && !startswith(var.project, "internal-")
    error_message = join(" ", [
      "project must be lower-case letters, digits and hyphens that begin with a letter, and not begin with",
      "internal-, got ${var.project}.",
    ])
  }

  validation {
    condition = length("${var.project}-${var.environment}") <= 24
    error_message = join(" ", [
      "project and environment must have at most 24 characters when joined (AWS limits the names made of them), got",
      "${var.project}-${var.environment} with ${length("${var.project}-${var.environment}")}.",
    ])
  }
}

variable "region" {
  description = "AWS region, such as eu-west-1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region such as eu-west-1, got ${var.region}."
  }

  # Other partitions have other ARNs, endpoints, accounts and prices.
  validation {
    condition     = !can(regex("^(cn|us-gov|us-iso[a-z]*)-", var.region))
    error_message = "region must be of AWS's public regions (China's, the government's and isolated ones have partitions of their own), got ${var.region}."
  }
}

variable "sandbox" {
  description = "Use the emulator that AWS_ENDPOINT_URL names."
  type        = bool
  default     = false
  nullable    = false
}

locals {
  prefix = "${var.project}-${var.environment}"
}
