# Which listener has which rules, and the address of each in the state.
locals {
  _redirects = var.listeners.https != null && var.listeners.redirect

  # If HTTP redirects to HTTPS, its listener has the same rules, which redirect: they are changed in place after HTTPS
  # has its own rules, so every request is always answered. For the same reason, rules that nobody claims any more stay.
  _claims_of = {
    http  = distinct(concat(keys(local.claims), local._redirects ? [for claim in keys(local._known.http) : claim if !endswith(claim, " slot")] : []))
    https = var.listeners.https == null ? [] : keys(local.claims)
  }
  _place_of = {
    for rule in var.known_rules : "${rule.listener} ${rule.claim}" => { block = rule.block, key = rule.key }
  }
  _placed = flatten([
    for listener, claims in local._claims_of : [
      for claim in claims : merge(
        { block = listener == "http" ? "route" : "secure", key = claim },
        lookup(local._place_of, "${listener} ${claim}", {}),
        {
          listener  = listener
          host      = claim == "*" ? "" : split("/", claim)[0]
          path      = try(regex("/.*", claim), "")
          priority  = local.priority[listener][claim]
          redirects = listener == "http" && local._redirects
          service   = try(local.claims[claim].service, null) # no service claims what only a redirect is left of
          claimants = [for name in try(local._named[claim], []) : local.rules[name].service]
        },
      )
    ]
  ])
  placed = {
    for block in ["route", "secure"] : block => { for rule in local._placed : rule.key => rule if rule.block == block }
  }
}
