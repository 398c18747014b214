variable "account_id" {
  description = "AWS account of the load balancers that may write here, 12 digits."
  type        = string
  nullable    = false
}

variable "disposable" {
  description = "Let a destroy delete the bucket with its logs; otherwise a destroy fails while the bucket contains any."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Bucket name, such as shop-dev-access-logs-123456789012."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits and inner hyphens, got ${var.name}."
  }
}

variable "retention_days" {
  description = "Days after which S3 deletes a log."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "alb.access_logs.retention_days must be a whole number of at least 1, got ${var.retention_days}."
  }
}
