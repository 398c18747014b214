locals {
  _scheme = split("://", local.alb_url)[0]

  # A service's first host (a wildcard is not an address) and first path.
  _routes = {
    for name, service in local.services : name => {
      hosts = coalesce(lookup(service.route, "hosts", null), [])
      paths = coalesce(lookup(service.route, "paths", null), [])
    }
  }
  _hosts = { for name, route in local._routes : name => [for host in route.hosts : host if !startswith(host, "*")] }
  _paths = { for name, route in local._routes : name => [for path in route.paths : trimsuffix(path, "*")] }

  path_urls = {
    for name in keys(local._routes) : name =>
    "${local._scheme}://${try(local._hosts[name][0], local.alb.dns_name)}${try(local._paths[name][0], "")}"
  }

  # The URL of a service: its own name if there is a DNS record, else the load balancer's, with the host in the request.
  _made_names = {
    for name, hosts in local._hosts : name => var.dns == null ? [] : [
      for host in hosts : host if contains(module.dns[0].hosts, host)
    ]
  }
  urls = { for name, hosts in local._made_names : name => length(hosts) > 0 ? "https://${hosts[0]}" : local.alb_url }

  _first_named = [for name in sort(keys(local.urls)) : name if length(local._made_names[name]) > 0]
  url          = length(local._first_named) > 0 ? local.urls[local._first_named[0]] : local.alb_url
}
