variable "capacity_providers" {
  description = "Names of capacity providers in addition to FARGATE and FARGATE_SPOT, such as those of the module `ec2_capacity`."
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

variable "disposable" {
  description = "Let a destroy delete the log of ECS Exec sessions; otherwise its log group stays."
  type        = bool
  default     = false
  nullable    = false
}

variable "exec_logs" {
  description = "Log the input and output of ECS Exec sessions, encrypted with this KMS key, whose policy must let CloudWatch Logs of the region use it. Null logs nothing."
  type = object({
    kms_key_arn    = string
    retention_days = optional(number, 30)
  })
  default  = null
  nullable = true

  validation {
    condition = var.exec_logs == null ? true : can(regex(
      "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.", var.exec_logs.kms_key_arn
    ))
    error_message = join(" ", [
      "cluster.exec_logs.kms_key_arn must be the ARN of a KMS key,",
      "got ${try(var.exec_logs.kms_key_arn, "null")}.",
    ])
  }

  validation {
    condition = var.exec_logs == null ? true : contains(local.log_retention_days, var.exec_logs.retention_days)
    error_message = format(
      "cluster.exec_logs.retention_days must be one of %s (0 keeps forever), got %s.",
      join(", ", local.log_retention_days), try(var.exec_logs.retention_days, "null")
    )
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
