variable "disposable" {
  description = "Let a destroy delete the repository with its images; otherwise a destroy fails while it holds any."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Repository name, such as shop-dev/recommender."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    error_message = "name must be 2 to 256 lower-case letters and digits joined by single . _ / or -, got ${var.name}."
  }
}

variable "retention" {
  description = "Days after which an untagged image expires. Tagged ones never do: a digest that was released stays there to go back to."
  type = object({
    untagged_days = optional(number, 14)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retention.untagged_days >= 1 && floor(var.retention.untagged_days) == var.retention.untagged_days
    error_message = "retention.untagged_days must be a whole number of at least 1, got ${var.retention.untagged_days}."
  }
}
