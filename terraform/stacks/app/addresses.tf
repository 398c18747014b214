locals {
  _scheme = split("://", module.alb.url)[0]

  # A service's first host (a wildcard stands for no address) and first path.
  _hosts = { for name, service in var.services : name => [for host in coalesce(service.route.hosts, []) : host if !startswith(host, "*")] }
  _paths = { for name, service in var.services : name => [for path in coalesce(service.route.paths, []) : trimsuffix(path, "*")] }

  path_urls = {
    for name in keys(var.services) : name =>
    "${local._scheme}://${try(local._hosts[name][0], module.alb.alb.dns_name)}${try(local._paths[name][0], "")}"
  }
}
