variable "container_insights" {
  description = "Collect metrics per task and container with CloudWatch Container Insights (charged by the metric)."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Cluster name, such as shop-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_-]{0,254}$", var.name))
    error_message = "name must be a letter and up to 254 letters, digits, _ or -, got ${var.name}."
  }
}
