# Claims of one rank that share a request are refused: nothing would say who gets it. With wildcards only at a host's
# beginning and a path's end, two claims either lie one in the other or never meet.
locals {
  # A blank, which no address has, closes what is meant exactly: it lies in nothing but itself.
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
