variable "actions" {
  description = "ARNs of SNS topics that hear of each alarm, when it goes off and when it is over."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarms" {
  description = "What an alarm goes off at: `failures` are tasks within an hour that ended badly or never ran, `not_started` those that AWS refused to start, until somebody has emptied their queue. Null is no such alarm."
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
  description = "Cluster that the tasks run in."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Job name, such as retrain."
  type        = string
  nullable    = false
}

variable "not_started_queue_name" {
  description = "Queue of what could not be started; null for a job without a trigger."
  type        = string
  default     = null
  nullable    = true
}

variable "prefix" {
  description = "What all names of the environment begin with, such as shop-dev."
  type        = string
  nullable    = false
}

variable "task_definition_family" {
  description = "Family of the job's task definitions, by which ECS's events name it."
  type        = string
  nullable    = false
}
