variable "disposable" {
  description = "Let a destroy delete the repository with its images; otherwise a destroy fails while the repository contains any."
  type        = bool
  default     = false
  nullable    = false
}

variable "expires" {
  description = "Let images expire, by `retention`; otherwise all are kept."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Repository name, such as shop-dev/recommender."
  type        = string
  nullable    = false

  validation {
    condition = (
      can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    )
    error_message = "name must be 2 to 256 lower-case letters and digits joined by single . _ / or -, got ${var.name}."
  }
}

variable "readers" {
  description = "Other AWS accounts that may pull, by their 12 digits."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([for account in var.readers : can(regex("^[0-9]{12}$", account))])
    error_message = join(" ", [
      "images.readers must be account ids of 12 digits, got",
      "${join(", ", [for account in var.readers : account if !can(regex("^[0-9]{12}$", account))])}.",
    ])
  }
}

variable "retention" {
  description = "Days from the push until an image expires: `untagged_days` for images without a tag, `unreleased_days` for images that no release runs (null: never). Released images, with a tag release-…, never expire."
  type = object({
    untagged_days   = optional(number, 14)
    unreleased_days = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.retention.untagged_days >= 1 && floor(var.retention.untagged_days) == var.retention.untagged_days
    )
    error_message = "retention.untagged_days must be a whole number of at least 1, got ${var.retention.untagged_days}."
  }

  validation {
    condition = var.retention.unreleased_days == null ? true : (
      var.retention.unreleased_days >= 1 && floor(var.retention.unreleased_days) == var.retention.unreleased_days
    )
    error_message = join(" ", [
      "images.unreleased_days must be a whole number of at least 1 or null, got",
      "${coalesce(var.retention.unreleased_days, "null")}.",
    ])
  }
}
