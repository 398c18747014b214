variable "alb" {
  description = "The load balancer: who may call it, its certificate, and how it is kept."
  type = object({
    allowed_cidrs        = optional(list(string))
    certificate_arn      = optional(string)
    deletion_protection  = optional(bool)
    idle_timeout_seconds = optional(number)
  })
  default  = {}
  nullable = false
}

variable "cluster" {
  description = "The ECS cluster."
  type = object({
    container_insights = optional(bool)
    exec_logs          = optional(object({ kms_key_arn = string, retention_days = optional(number) }))
  })
  default  = {}
  nullable = false
}

variable "model_bucket" {
  description = "Bucket that holds the models, from the stack foundation."
  type = object({
    arn  = string
    name = string
  })
  nullable = false
}

variable "monitoring" {
  description = "Who hears of alarms: e-mail addresses, by a topic of the environment's own, or a topic that there is; and whether there is a dashboard."
  type = object({
    emails    = optional(list(string), [])
    topic_arn = optional(string)
    dashboard = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.monitoring.topic_arn == null || length(var.monitoring.emails) == 0
    error_message = "monitoring.emails must be empty with a topic_arn (subscribe them to that topic), got ${join(", ", var.monitoring.emails)}."
  }

  validation {
    condition     = var.monitoring.topic_arn == null ? true : can(regex("^arn:aws[a-z-]*:sns:${var.region}:[0-9]{12}:[A-Za-z0-9_-]+$", var.monitoring.topic_arn))
    error_message = "monitoring.topic_arn must be the ARN of an SNS topic in ${var.region} or null, got ${coalesce(var.monitoring.topic_arn, "null")}."
  }
}

variable "network" {
  description = "The VPC: its range, its zones, and how tasks get out of it."
  type = object({
    cidr               = string
    availability_zones = list(string)
    egress             = optional(string)
  })
  nullable = false

  validation {
    condition     = length(distinct(var.network.availability_zones)) == length(var.network.availability_zones)
    error_message = "network.availability_zones must be distinct, got ${join(", ", var.network.availability_zones)}."
  }
}
