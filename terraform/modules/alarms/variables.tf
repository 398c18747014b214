variable "actions" {
  description = "ARNs of the SNS topics that are notified when an alarm goes off and when it is over."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarms" {
  description = "Thresholds of the alarms: percent of answers that are 5xx, ms that 95 or 99 of 100 answers take, unhealthy targets, missing tasks, percent of CPU and memory. Null creates no such alarm."
  type = object({
    error_percent     = optional(number)
    latency_p95_ms    = optional(number)
    latency_p99_ms    = optional(number)
    unhealthy_targets = optional(number)
    missing_tasks     = optional(number)
    cpu_percent       = optional(number)
    memory_percent    = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for key, value in var.alarms : coalesce(value, 1) > 0 && coalesce(value, 1) <= 100 if endswith(key, "_percent")
    ])
    error_message = join("\n", [for key, value in var.alarms : format(
      "services.%s.alarms.%s must be more than 0 and at most 100 or null, got %s.", var.name, key, value
    ) if endswith(key, "_percent") && !(coalesce(value, 1) > 0 && coalesce(value, 1) <= 100)])
  }

  validation {
    condition = alltrue([for key, value in var.alarms : coalesce(value, 1) > 0 if endswith(key, "_ms")])
    error_message = join("\n", [for key, value in var.alarms : format(
      "services.%s.alarms.%s must be more than 0 ms or null, got %s.", var.name, key, value
    ) if endswith(key, "_ms") && coalesce(value, 1) <= 0])
  }

  validation {
    condition = var.alarms.unhealthy_targets == null ? true : (
      var.alarms.unhealthy_targets >= 1 && floor(var.alarms.unhealthy_targets) == var.alarms.unhealthy_targets
    )
    error_message = join(" ", [
      "services.${var.name}.alarms.unhealthy_targets must be a whole number of at least 1 or null, got",
      "${coalesce(var.alarms.unhealthy_targets, "null")}.",
    ])
  }

  validation {
    condition = var.alarms.missing_tasks == null ? true : (
      var.alarms.missing_tasks >= 1 && floor(var.alarms.missing_tasks) == var.alarms.missing_tasks
    )
    error_message = join(" ", [
      "services.${var.name}.alarms.missing_tasks must be a whole number of at least 1 or null, got",
      "${coalesce(var.alarms.missing_tasks, "null")}.",
    ])
  }

  validation {
    condition = var.alarms.missing_tasks == null || var.cluster.container_insights ? true : (
      var.alarms.missing_tasks <= var.minimum_tasks
    )
    error_message = join(" ", [
      "services.${var.name}.alarms.missing_tasks must be at most scaling.min ${var.minimum_tasks} without",
      "cluster.container_insights (only what misses of it is seen), got",
      "${coalesce(var.alarms.missing_tasks, "null")}.",
    ])
  }
}

variable "cluster" {
  description = "`name` of the service's cluster, and whether CloudWatch has its Container Insights."
  type = object({
    name               = string
    container_insights = optional(bool, false)
  })
  nullable = false
}

variable "load_balancer" {
  description = "Name that CloudWatch uses for the load balancer and for the service's target group."
  type = object({
    arn_suffix              = string
    target_group_arn_suffix = string
  })
  nullable = false
}

variable "minimum_tasks" {
  description = "Fewest tasks that should run, at any load."
  type        = number
  default     = 1
  nullable    = false
}

variable "name" {
  description = "Name of the service in its cluster, such as recommender."
  type        = string
  nullable    = false
}

variable "prefix" {
  description = "Prefix of all names of the environment, such as shop-dev."
  type        = string
  nullable    = false
}
