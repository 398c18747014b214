variable "environment" {
  description = "What the environment's target groups have in common: `prefix` of all names, and the VPC."
  type = object({
    prefix = string # Prefix of all names, such as shop-dev.
    vpc_id = string # The VPC that the load balancer and the tasks are in.
  })
  nullable = false
}

variable "health" {
  description = "The load balancer's health check: the path, how often, and which answers are healthy."
  type = object({
    path                = optional(string, "/health")
    status              = optional(string, "200")
    interval_seconds    = optional(number, 15)
    timeout_seconds     = optional(number, 5)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 3)
  })
  default  = {}
  nullable = false

  validation {
    condition = startswith(var.health.path, "/") && length(var.health.path) <= 1024
    error_message = join(" ", [
      "services.${var.name}.health.path must begin with / and have at most 1024 characters,",
      "got ${var.health.path}.",
    ])
  }

  validation {
    condition = var.protocol == "grpc" || can(regex("^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$", var.health.status))
    error_message = join(" ", [
      "services.${var.name}.health.status must be codes from 200 to 499 such as 200, 200,204 or 200-299,",
      "got ${var.health.status}.",
    ])
  }

  validation {
    condition = var.protocol != "grpc" || can(regex("^[0-9]{1,2}([,-][0-9]{1,2})*$", var.health.status))
    error_message = join(" ", [
      "services.${var.name}.health.status must be codes of gRPC from 0 to 99 such as 0, 0,12 or 0-16 with protocol grpc,",
      "got ${var.health.status}.",
    ])
  }

  validation {
    condition = contains(range(5, 301), var.health.interval_seconds)
    error_message = join(" ", [
      "services.${var.name}.health.interval_seconds must be a whole number from 5 to 300,",
      "got ${var.health.interval_seconds}.",
    ])
  }

  validation {
    condition = (
      contains(range(2, 121), var.health.timeout_seconds) && var.health.timeout_seconds < var.health.interval_seconds
    )
    error_message = join(" ", [
      "services.${var.name}.health.timeout_seconds must be a whole number from 2 to 120 and less than",
      "interval_seconds ${var.health.interval_seconds}, got ${var.health.timeout_seconds}.",
    ])
  }

  validation {
    condition = alltrue([
      for threshold in [var.health.healthy_threshold, var.health.unhealthy_threshold] :
      contains(range(2, 11), threshold)
    ])
    error_message = join(" ", [
      "services.${var.name}.health.healthy_threshold and unhealthy_threshold must be whole numbers from 2 to 10,",
      "got ${var.health.healthy_threshold} and ${var.health.unhealthy_threshold}.",
    ])
  }
}

variable "name" {
  description = "Service name, such as recommender; the target group's name is the environment's prefix and this."
  type        = string
  nullable    = false
}

variable "protocol" {
  description = "Protocol between the load balancer and the tasks: http (HTTP/1.1), http2 or grpc. AWS refuses the latter two on a listener for plain HTTP. With grpc, `health` has a method as its path, and gRPC's codes as its status."
  type        = string
  default     = "http"
  nullable    = false

  validation {
    condition     = contains(["http", "http2", "grpc"], var.protocol)
    error_message = "services.${var.name}.protocol must be http, http2 or grpc, got ${var.protocol}."
  }
}

variable "rollout" {
  description = "How long a deregistered task may finish its requests."
  type = object({
    drain_seconds = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.rollout.drain_seconds >= 0 && var.rollout.drain_seconds <= 3600 &&
      floor(var.rollout.drain_seconds) == var.rollout.drain_seconds
    )
    error_message = join(" ", [
      "services.${var.name}.rollout.drain_seconds must be a whole number from 0 to 3600,",
      "got ${var.rollout.drain_seconds}.",
    ])
  }
}
