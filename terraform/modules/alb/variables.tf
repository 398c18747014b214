variable "access_logs_bucket" {
  description = "Bucket for the access logs, once log delivery may write to it; null writes none."
  type        = string
  default     = null
  nullable    = true
}

variable "allowed_cidrs" {
  description = "IPv4 ranges that may call the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.allowed_cidrs) > 0
    error_message = "alb.allowed_cidrs must name at least 1 range, got []."
  }

  validation {
    condition = alltrue([
      for cidr in var.allowed_cidrs : try(cidrhost(cidr, 0) == split("/", cidr)[0] && can(cidrnetmask(cidr)), false)
    ])
    error_message = format(
      "alb.allowed_cidrs must be IPv4 ranges that begin at their network address, got %s.", join(", ", [
        for cidr in var.allowed_cidrs : cidr
        if !try(cidrhost(cidr, 0) == split("/", cidr)[0] && can(cidrnetmask(cidr)), false)
      ])
    )
  }
}

variable "certificate" {
  description = "ACM certificate in the load balancer's region, by `arn`. With one, HTTPS is on 443, and 80 redirects there or, with `redirect` false, answers as well. Null: plain HTTP on 80."
  type = object({
    arn      = string               # ACM certificate; an object, so that a plan knows whether it exists.
    redirect = optional(bool, true) # Whether 80 redirects to HTTPS; false answers on 80 as well.
  })
  default  = null
  nullable = true

  validation {
    condition = var.certificate == null ? true : can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:.", var.certificate.arn))
    error_message = join(" ", [
      "alb.certificate_arn must be the ARN of an ACM certificate or null, got ${try(var.certificate.arn, "null")}.",
    ])
  }
}

variable "deletion_protection" {
  description = "Protect the load balancer from deletion until this is false."
  type        = bool
  default     = false
  nullable    = false
}

variable "idle_timeout_seconds" {
  description = "How long a connection may be idle, 1 to 4000 seconds."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition = (
      var.idle_timeout_seconds >= 1 && var.idle_timeout_seconds <= 4000 &&
      floor(var.idle_timeout_seconds) == var.idle_timeout_seconds
    )
    error_message = "alb.idle_timeout_seconds must be a whole number from 1 to 4000, got ${var.idle_timeout_seconds}."
  }
}

variable "internal" {
  description = "Give the load balancer private addresses only, for callers inside the network."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Load balancer name, such as shop-dev."
  type        = string
  nullable    = false

  validation {
    condition = (
      can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    )
    error_message = join(" ", [
      "name must be 1 to 32 letters, digits and inner hyphens and not begin with internal-, got ${var.name}.",
    ])
  }
}

variable "network" {
  description = "The VPC, and subnets in at least two zones: public ones, or private ones for an internal load balancer."
  type = object({
    vpc_id     = string       # VPC of the load balancer.
    subnet_ids = list(string) # Its subnets, in at least two zones.
  })
  nullable = false
}
