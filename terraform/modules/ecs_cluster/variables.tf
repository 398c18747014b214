variable "capacity_providers" {
  description = "Names of capacity providers beside FARGATE and FARGATE_SPOT, such as those of the module `ec2_capacity`."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "container_insights" {
  description = "Collect metrics per task and container with CloudWatch Container Insights (charged by the metric)."
  type        = bool
  default     = false
  nullable    = false
}

variable "exec_logs" {
  description = "Keep what is typed and seen in sessions of ECS Exec, encrypted with this KMS key, whose policy must let CloudWatch Logs of the region use it. Null keeps nothing."
  type = object({
    kms_key_arn    = string
    retention_days = optional(number, 30)
    disposable     = optional(bool, false)
  })
  default  = null
  nullable = true

  validation {
    condition     = var.exec_logs == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.", var.exec_logs.kms_key_arn))
    error_message = "cluster.exec_logs.kms_key_arn must be the ARN of a KMS key, got ${try(var.exec_logs.kms_key_arn, "null")}."
  }
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
