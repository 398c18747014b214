variable "hosts" {
  description = "Names that lead to the load balancer, such as [\"films.example.com\", \"*.example.com\"]."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.hosts) > 0
    error_message = "services.*.route.hosts must name at least 1 host with dns (there would be nothing to name), got []."
  }

  validation {
    condition = alltrue([for host in var.hosts : host == var.zone.name || endswith(host, ".${var.zone.name}")])
    error_message = join(" ", [
      "services.*.route.hosts must be in dns.zone_name ${var.zone.name}, got",
      "${join(", ", [for host in var.hosts : host if host != var.zone.name && !endswith(host, ".${var.zone.name}")])}.",
    ])
  }
}

variable "load_balancer" {
  description = "Target of the names: the load balancer's `dns_name`, and the `zone_id` of that name."
  type = object({
    dns_name = string
    zone_id  = string
  })
  nullable = false
}

variable "zone" {
  description = "Hosted zone of Route 53 for the records: its `id`, such as Z0123456789ABCDEFGHIJ, and its `name` without the last dot."
  type = object({
    id   = string
    name = string
  })
  nullable = false

  validation {
    condition     = can(regex("^Z[A-Z0-9]{1,31}$", var.zone.id))
    error_message = "dns.zone_id must be a hosted zone's id such as Z0123456789ABCDEFGHIJ, got ${var.zone.id}."
  }

  validation {
    condition = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.zone.name))
    error_message = join(" ", [
      "dns.zone_name must be a lower-case domain such as example.com, without a dot at its end, got",
      "${var.zone.name}.",
    ])
  }
}
