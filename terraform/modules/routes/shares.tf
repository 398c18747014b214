# How a service shares its requests out with its variants.
locals {
  variants_of = {
    for service in keys(var.targets) : service => [
      for target in var.targets : target if try(target.variant.of == service, false)
    ]
  }
  # What variants leave of a service's requests, in percent.
  rest = {
    for service, variants in local.variants_of : service => 100 - sum(concat([0], [for each in variants : each.variant.weight]))
  }
  # A cookie that is given while no variant gets requests would keep callers from it later.
  sticky_seconds = {
    for service, rest in local.rest : service => rest == 100 ? null : try(var.routes[service].sticky_seconds, null)
  }
  # What a rule shares requests out between: slots and variants.
  group_counts = {
    for service, variants in local.variants_of : service => length(var.targets[service].slots) + length(variants)
  }
}
