# Which listener has which rules, and where each stands in the state.
locals {
  _redirects = var.listeners.https != null && var.listeners.redirect

  # Where HTTP leads to HTTPS its listener needs no rules. Those that it had before HTTPS came stay, and lead there too:
  # changed in place once HTTPS has its own, they leave no moment without an answer, as taking them out would.
  _claims_of = {
    http  = local._redirects ? keys(local._known.http) : keys(local.claims)
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
          service   = try(local.claims[claim].service, null) # none claims what a redirect is left of
        },
      )
    ]
  ])
  placed = {
    for block in ["route", "secure"] : block => { for rule in local._placed : rule.key => rule if rule.block == block }
  }
}
