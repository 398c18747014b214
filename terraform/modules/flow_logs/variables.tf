variable "account_id" {
  description = "AWS account, 12 digits."
  type        = string
  nullable    = false
}

variable "disposable" {
  description = "Let a destroy delete the logs; otherwise their log group stays."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Name of the network, such as shop-dev; the log group is /vpc/shop-dev/flow-logs."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region, such as eu-west-1."
  type        = string
  nullable    = false
}

variable "retention_days" {
  description = "Days that CloudWatch keeps the logs, one of the values that it accepts; 0 keeps them forever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition = contains(local.log_retention_days, var.retention_days)
    error_message = join(" ", [
      "network.flow_logs.retention_days must be one of ${join(", ", local.log_retention_days)} (0 keeps forever),",
      "got ${var.retention_days}.",
    ])
  }
}

variable "vpc_id" {
  description = "The VPC whose traffic is logged."
  type        = string
  nullable    = false
}
