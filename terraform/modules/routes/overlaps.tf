# Two claims of one rank that share a request are refused, because their order would be arbitrary. Wildcards are only at
# the beginning of a host and at the end of a path, so of two claims one contains the other or they have nothing in
# common.
locals {
  # A trailing blank, which no address has, marks an exact claim: it contains only itself.
  _host_ending = {
    for key, rule in local.rules : key => startswith(rule.host, "*") ? substr(rule.host, 1, -1) : " ${rule.host}"
  }
  _path_beginning = {
    for key, rule in local.rules : key => endswith(rule.path, "*") ? trimsuffix(rule.path, "*") : "${rule.path} "
  }

  _names = keys(local.rules)
  _rivals = flatten([
    for i, one in local._names : [
      for other in slice(local._names, i + 1, length(local._names)) : {
        names = "${one} and ${other}"
        hosts = [local._host_ending[one], local._host_ending[other]]
        paths = [local._path_beginning[one], local._path_beginning[other]]
      }
      if(
        local.rules[one].service != local.rules[other].service &&
        local.rank[one] == local.rank[other] && local.rank[one] < 17
      )
    ]
  ])

  overlaps = [
    for pair in local._rivals : pair.names
    if(
      (endswith(pair.hosts[0], pair.hosts[1]) || endswith(pair.hosts[1], pair.hosts[0])) &&
      (startswith(pair.paths[0], pair.paths[1]) || startswith(pair.paths[1], pair.paths[0]))
    )
  ]
}
