# One rule for each pair of a host and a path ("" is any): AWS allows five values per rule, and each pair has one place
# in the order from narrow to wide.
locals {
  default_services = [
    for service, route in var.routes : service if length(route.hosts) + length(route.paths) == 0 || route.default
  ]

  _pairs = flatten([
    for service, route in var.routes : [
      for pair in distinct(concat(
        setproduct(coalescelist(route.hosts, [""]), coalescelist(route.paths, [""])), route.default ? [["", ""]] : []
      )) : { service = service, host = pair[0], path = pair[1] }
    ]
  ])
  rules = { for pair in local._pairs : "${pair.service} ${coalesce("${pair.host}${pair.path}", "*")}" => pair }

  # The key of a rule is only its claim: if the claim moves to another service, the rule stays, and AWS changes its
  # target in one step. Two services with one claim are refused.
  _named = { for key, rule in local.rules : coalesce("${rule.host}${rule.path}", "*") => key... }
  claims = { for claim, names in local._named : claim => local.rules[names[0]] }

  # By service, the claims that are not valid hosts or paths.
  bad_hosts = {
    for service, route in var.routes : service => [
      for host in route.hosts : host
      if length(host) > 128 || !can(regex("^(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)*$", host))
    ]
  }
  bad_paths = {
    for service, route in var.routes : service => [
      for path in route.paths : path
      if length(path) > 128 || path == "/*" || !can(regex("^/[A-Za-z0-9_.$/~\"'@:+&-]*\\*?$", path))
    ]
  }
}
