variable "disposable" {
  description = "Let a destroy delete the bucket with its models; otherwise a destroy fails while the bucket contains any."
  type        = bool
  default     = false
  nullable    = false
}

variable "events" {
  description = "Send the bucket's events to EventBridge, where rules can match them."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Bucket name, such as shop-dev-models-123456789012."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits and inner hyphens, got ${var.name}."
  }
}

variable "retention" {
  description = "Days that overwritten or deleted objects and incomplete uploads are kept; null keeps them. Current objects never expire."
  type = object({
    incomplete_upload_days = optional(number, 7)
    noncurrent_days        = optional(number, 30)
  })
  default  = {}
  nullable = true

  validation {
    condition = var.retention == null ? true : alltrue([
      for days in values(var.retention) : days >= 1 && floor(days) == days
    ])
    error_message = "retention must be whole numbers of at least 1, got ${jsonencode(var.retention)}."
  }
}
