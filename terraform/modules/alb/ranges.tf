# Which range contains which. It is an output, because a variable's validation cannot use locals.
locals {
  _prefix_of = { for cidr in distinct(var.allowed_cidrs) : cidr => try(tonumber(split("/", cidr)[1]), 32) }

  # "a is in b" for every pair of ranges for which that is true.
  nested_cidrs = flatten([
    for i, inner in var.allowed_cidrs : [
      for j, outer in var.allowed_cidrs : "${inner} is in ${outer}"
      if i != j && (inner != outer || i < j) && local._prefix_of[inner] >= local._prefix_of[outer] && try(
        cidrhost("${cidrhost(inner, 0)}/${local._prefix_of[outer]}", 0) == cidrhost(outer, 0), false
      )
    ]
  ])
}

output "allowed_cidrs" {
  description = "Ranges that may call, none of which contains another."
  value       = var.allowed_cidrs

  precondition {
    condition     = length(local.nested_cidrs) == 0
    error_message = "alb.allowed_cidrs must not overlap, got ${join("; ", local.nested_cidrs)}."
  }
}
