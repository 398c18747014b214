variable "availability_zones" {
  description = "Availability zones, such as [\"eu-west-1a\", \"eu-west-1b\"]. The letter determines the subnets' addresses, so the order does not matter, and a zone can be added without a change to the others."
  type        = set(string)
  nullable    = false

  validation {
    condition = length(var.availability_zones) >= 2
    error_message = join(" ", [
      "network.availability_zones must name at least 2 zones (a load balancer needs two), got",
      "${jsonencode(var.availability_zones)}.",
    ])
  }

  validation {
    condition = alltrue([for zone in var.availability_zones : contains(local.zones_of_region, zone)])
    error_message = join(" ", [
      "network.availability_zones must be among ${join(", ", local.zones_of_region)}, got",
      "${join(", ", setsubtract(var.availability_zones, local.zones_of_region))}.",
    ])
  }
}

variable "cidr" {
  description = "Private IPv4 range from /16 to /24, such as 10.20.0.0/16. It is divided into eight: four public and four private subnets."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr))
    error_message = "network.cidr must be an IPv4 range such as 10.20.0.0/16, got ${var.cidr}."
  }

  validation {
    condition = try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 24, true)
    error_message = join(" ", [
      "network.cidr must be between /16 and /24 (AWS allows no more; a load balancer's subnet needs a /27), got",
      "${var.cidr}.",
    ])
  }

  validation {
    condition     = try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], true)
    error_message = "network.cidr must begin at its network address ${try(cidrhost(var.cidr, 0), "")}, got ${var.cidr}."
  }

  validation {
    condition = try(anytrue([
      for range in local.private_ranges :
      cidrhost("${cidrhost(var.cidr, 0)}/${split("/", range)[1]}", 0) == split("/", range)[0]
    ]), true)
    error_message = "network.cidr must be in a private range (${join(", ", local.private_ranges)}), got ${var.cidr}."
  }
}

variable "egress" {
  description = "How tasks reach AWS: public (addresses of their own, no NAT), nat (one gateway), nat_per_zone, or endpoints (AWS services only, no internet)."
  type        = string
  default     = "nat"
  nullable    = false

  validation {
    condition     = contains(["public", "nat", "nat_per_zone", "endpoints"], var.egress)
    error_message = "network.egress must be public, nat, nat_per_zone or endpoints, got ${var.egress}."
  }
}

variable "interface_endpoints" {
  description = "AWS services that tasks reach by an interface endpoint with egress = endpoints, such as [\"ecr.api\", \"logs\"]; otherwise no interface endpoint is created. S3 always has its gateway endpoint."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "name" {
  description = "Name of the network and prefix of its parts, such as shop-dev."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region, such as eu-west-1."
  type        = string
  nullable    = false
}
