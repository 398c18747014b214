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
