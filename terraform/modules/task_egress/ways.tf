locals {
  # A rule has one range of ports and one destination.
  rules = flatten([
    for name, way in var.ways : [
      for to in concat(way.cidrs, way.security_groups, way.prefix_lists) : {
        key      = join(" ", [way.protocol, join("-", distinct([way.port, coalesce(way.to_port, way.port)])), to])
        name     = name
        protocol = way.protocol
        port     = way.port
        to_port  = coalesce(way.to_port, way.port)
        to       = to
      }
    ]
  ])
  _keys = local.rules[*].key
  twice = distinct([for key in local._keys : key if length([for each in local._keys : each if each == key]) > 1])
}

# An output, because a variable's validation cannot use locals.
output "ways" {
  description = "What tasks reach, a line for each rule, such as tcp 443 0.0.0.0/0."
  value       = local._keys

  precondition {
    condition     = length(local.twice) == 0
    error_message = "${var.owner}.egress must open each way once (AWS refuses it twice), got ${join(", ", local.twice)}."
  }
}
