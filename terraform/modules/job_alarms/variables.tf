variable "actions" {
  description = "ARNs of the SNS topics that are notified when an alarm goes off and when it is over."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarms" {
  description = "Thresholds of the alarms: `failures` counts the tasks of an hour that failed or never ran, `not_started` the starts that AWS refused, until somebody has emptied their queue. Null creates no such alarm."
  type = object({
    failures    = optional(number)
    not_started = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for count in values(var.alarms) : count == null ? true : count >= 1 && floor(count) == count])
    error_message = join("\n", [for key, count in var.alarms : format(
      "jobs.%s.alarms.%s must be a whole number of at least 1 or null, got %s.", var.name, key, count
    ) if count == null ? false : count < 1 || floor(count) != count])
  }

  validation {
    condition = var.alarms.not_started == null || var.not_started_queue_name != null
    error_message = join(" ", [
      "jobs.${var.name}.alarms.not_started must be null without a trigger (nothing starts the job), got",
      "${coalesce(var.alarms.not_started, "null")}.",
    ])
  }
}

variable "cluster_arn" {
  description = "Cluster of the tasks."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Job name, such as retrain."
  type        = string
  nullable    = false
}

variable "not_started_queue_name" {
  description = "Dead-letter queue for starts that failed; null for a job without a trigger."
  type        = string
  default     = null
  nullable    = true
}

variable "prefix" {
  description = "Prefix of all names of the environment, such as shop-dev."
  type        = string
  nullable    = false
}

variable "task_definition_family" {
  description = "Family of the job's task definitions, by which ECS's events name it."
  type        = string
  nullable    = false
}
