variable "owner" {
  description = "Key of the tasks' service or job in the environment file, such as services.recommender."
  type        = string
  nullable    = false
}

variable "security_group_id" {
  description = "Security group of the tasks."
  type        = string
  nullable    = false
}

variable "ways" {
  description = "What tasks reach, by name: a `port`, or the ports from it to `to_port`, of the IPv4 ranges in `cidrs`, of members of `security_groups`, and of the ranges in `prefix_lists`. The ids of groups and lists must be known at plan time. The default is HTTPS to anywhere."
  type = map(object({
    port            = number
    to_port         = optional(number)
    protocol        = optional(string, "tcp")
    cidrs           = optional(list(string), [])
    security_groups = optional(list(string), [])
    prefix_lists    = optional(list(string), [])
  }))
  default  = { https = { port = 443, cidrs = ["0.0.0.0/0"] } }
  nullable = false

  # ports

  validation {
    condition = anytrue([
      for way in var.ways : way.protocol == "tcp" && way.port <= 443 && coalesce(way.to_port, way.port) >= 443
    ])
    error_message = format(
      "%s.egress must let tcp 443 out, be it to little (images, models, secrets and log lines go that way), got %s.",
      var.owner, coalesce(join(", ", [for way in var.ways : "${way.protocol} ${way.port}"]), "nothing")
    )
  }

  validation {
    condition = alltrue([
      for way in var.ways : way.port >= 1 && way.port <= 65535 && floor(way.port) == way.port
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.port must be a whole number from 1 to 65535, got %s.", var.owner, name, way.port
    ) if way.port < 1 || way.port > 65535 || floor(way.port) != way.port])
  }

  validation {
    condition = alltrue([
      for way in var.ways : way.to_port == null ? true : (
        way.to_port >= way.port && way.to_port <= 65535 && floor(way.to_port) == way.to_port
      )
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.to_port must be a whole number from its port %s to 65535 or null, got %s.",
      var.owner, name, way.port, way.to_port
      ) if way.to_port == null ? false : (
      way.to_port < way.port || way.to_port > 65535 || floor(way.to_port) != way.to_port
    )])
  }

  validation {
    condition = alltrue([for way in var.ways : contains(["tcp", "udp"], way.protocol)])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.protocol must be tcp or udp, got %s.", var.owner, name, way.protocol
    ) if !contains(["tcp", "udp"], way.protocol)])
  }

  # destinations

  validation {
    condition = alltrue([
      for way in var.ways : length(concat(way.cidrs, way.security_groups, way.prefix_lists)) > 0
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s must lead to at least 1 of cidrs, security_groups and prefix_lists, got none.", var.owner, name
    ) if length(concat(way.cidrs, way.security_groups, way.prefix_lists)) == 0])
  }

  validation {
    condition = alltrue([
      for cidr in flatten(values(var.ways)[*].cidrs) :
      try(cidrhost(cidr, 0) == split("/", cidr)[0] && can(cidrnetmask(cidr)), false)
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.cidrs must be IPv4 ranges that begin at their network address, got %s.",
      var.owner, name, join(", ", [
        for cidr in way.cidrs : cidr
        if !try(cidrhost(cidr, 0) == split("/", cidr)[0] && can(cidrnetmask(cidr)), false)
      ])
      ) if anytrue([
        for cidr in way.cidrs : !try(cidrhost(cidr, 0) == split("/", cidr)[0] && can(cidrnetmask(cidr)), false)
    ])])
  }

  validation {
    condition = alltrue([
      for id in flatten(values(var.ways)[*].security_groups) : can(regex("^sg-[0-9a-f]{8,17}$", id))
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.security_groups must be ids such as sg-0a1b2c3d4e5f60718, got %s.",
      var.owner, name, join(", ", [for id in way.security_groups : id if !can(regex("^sg-[0-9a-f]{8,17}$", id))])
    ) if anytrue([for id in way.security_groups : !can(regex("^sg-[0-9a-f]{8,17}$", id))])])
  }

  validation {
    condition = alltrue([
      for id in flatten(values(var.ways)[*].prefix_lists) : can(regex("^pl-[0-9a-f]{8,17}$", id))
    ])
    error_message = join("\n", [for name, way in var.ways : format(
      "%s.egress.%s.prefix_lists must be ids such as pl-0a1b2c3d4e5f60718, got %s.",
      var.owner, name, join(", ", [for id in way.prefix_lists : id if !can(regex("^pl-[0-9a-f]{8,17}$", id))])
    ) if anytrue([for id in way.prefix_lists : !can(regex("^pl-[0-9a-f]{8,17}$", id))])])
  }
}
