# One rule for each pair of a host and a path ("" is any): AWS allows five values a rule, and a pair has one place in
# the order of narrow to wide.
locals {
  default_services = [for service, route in var.routes : service if length(route.hosts) + length(route.paths) == 0]

  _claims = flatten([
    for service, route in var.routes : [
      for pair in setproduct(coalescelist(route.hosts, [""]), coalescelist(route.paths, [""])) :
      { service = service, host = pair[0], path = pair[1] }
    ]
  ])
  rules = { for claim in local._claims : "${claim.service} ${coalesce("${claim.host}${claim.path}", "*")}" => claim }

  # By service, what is no address.
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
