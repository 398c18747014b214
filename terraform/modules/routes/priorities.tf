# AWS tries rules in the order of their priority, 1 to 50000. The narrower claim comes first: a host before a wildcard
# before any host, then an exact path before a deep one before a shallow one before any path. That makes 18 ranks of 900
# buckets with three places each; a claim's bucket is a hash of it. AWS refuses a priority that is in use, and Terraform
# changes rules in no particular order. So an existing rule keeps its priority, and a new one gets a free one.
locals {
  _host_rank = { for key, rule in local.rules : key => rule.host == "" ? 2 : startswith(rule.host, "*") ? 1 : 0 }
  _depth     = { for key, rule in local.rules : key => min(4, length(split("/", rule.path)) - 1) }
  _path_rank = {
    for key, rule in local.rules : key =>
    rule.path == "" ? 5 : endswith(rule.path, "*") ? 5 - local._depth[key] : 0
  }
  rank = { for key in keys(local.rules) : key => 6 * local._host_rank[key] + local._path_rank[key] }

  # What a header leads to goes before all that its service claims: it has a place of the narrowest claims.
  slotted = [
    for service, target in var.targets : service
    if length(target.slots) > 1 || target.variant != null || length(local.variants_of[service]) > 0
  ]
  _slot_bucket = { for service in local.slotted : "${service} slot" => parseint(substr(sha256(service), 0, 8), 16) % 900 }

  _known = {
    for listener in ["http", "https"] : listener => {
      for rule in var.known_rules : rule.claim => rule.priority if rule.listener == listener
    }
  }
  _bucket = merge(local._slot_bucket, {
    for claim, names in local._named : claim => 900 * local.rank[names[0]] + parseint(substr(sha256(claim), 0, 8), 16) % 900
  })
  _free = {
    for listener, known in local._known : listener => {
      for claim, bucket in local._bucket : claim => [
        for place in range(3 * bucket + 1, 3 * bucket + 4) : place if !contains(values(known), place)
      ]
    }
  }
  # By listener and bucket, the new claims, which get the free priorities in the order of their names.
  _new = {
    for listener, known in local._known : listener => {
      for claim, bucket in local._bucket : bucket => claim... if !contains(keys(known), claim)
    }
  }
  priority = {
    for listener, known in local._known : listener => merge(known, {
      for claim, bucket in local._bucket : claim => claim == "*" ? 50000 : try(
        local._free[listener][claim][index(sort(local._new[listener][bucket]), claim)], 0
      ) if !contains(keys(known), claim)
    })
  }
}

locals {
  open_listeners = var.listeners.https == null ? ["http"] : ["http", "https"]
  rules_of_services = {
    for service in keys(var.routes) : service => {
      for key, rule in local.rules : trimprefix(key, "${service} ") => {
        host     = rule.host
        path     = rule.path
        priority = local.priority[reverse(local.open_listeners)[0]][trimprefix(key, "${service} ")]
      } if rule.service == service
    }
  }

  crowded = distinct(flatten([
    for listener in local.open_listeners : [
      for bucket, claims in local._new[listener] : [for claim in claims : try(local._named[claim][0], claim)]
      if anytrue([for claim in claims : local.priority[listener][claim] == 0])
    ]
  ]))
}

locals {
  _answering = reverse(local.open_listeners)[0]
  slot_rules = {
    for service in local.slotted : service => {
      listener = local._answering
      priority = local.priority[local._answering]["${service} slot"]
      header   = var.targets[service].header
    }
  }
  late_slots = [
    for service, rule in local.slot_rules : service
    if anytrue([
      for each in local.rules_of_services[try(var.targets[service].variant.of, service)] : each.priority < rule.priority
    ])
  ]
}
