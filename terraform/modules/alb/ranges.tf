# Which range lies in which: a variable's own validation must not look at what is worked out from it.
locals {
  _prefix_of = { for cidr in distinct(var.allowed_cidrs) : cidr => try(tonumber(split("/", cidr)[1]), 32) }

  # "a lies in b" for every pair of ranges where it does.
  nested_cidrs = flatten([
    for i, inner in var.allowed_cidrs : [
      for j, outer in var.allowed_cidrs : "${inner} lies in ${outer}"
      if i != j && (inner != outer || i < j) && local._prefix_of[inner] >= local._prefix_of[outer] && try(
        cidrhost("${cidrhost(inner, 0)}/${local._prefix_of[outer]}", 0) == cidrhost(outer, 0), false
      )
    ]
  ])
}

output "allowed_cidrs" {
  description = "Ranges that may call, none of which lies in another."
  value       = var.allowed_cidrs

  precondition {
    condition     = length(local.nested_cidrs) == 0
    error_message = "alb.allowed_cidrs must not overlap, got ${join("; ", local.nested_cidrs)}."
  }
}
