# AWS tries rules in the order of their priority, 1 to 50000. The narrower claim goes first: a host before a wildcard
# before any host, then an exact path before a deep one before a shallow one before any path. That makes 18 ranks, each
# of 900 buckets of three places. A rule's bucket is a hash of its name, so it stays where it is while services come and
# go; should two rules share one, they stand in the order of their names.
locals {
  _host_rank = { for key, rule in local.rules : key => rule.host == "" ? 2 : startswith(rule.host, "*") ? 1 : 0 }
  _depth     = { for key, rule in local.rules : key => min(4, length(split("/", rule.path)) - 1) }
  _path_rank = {
    for key, rule in local.rules : key =>
    rule.path == "" ? 5 : endswith(rule.path, "*") ? 5 - local._depth[key] : 0
  }
  rank = { for key in keys(local.rules) : key => 6 * local._host_rank[key] + local._path_rank[key] }

  _bucket     = { for key, rank in local.rank : key => 900 * rank + parseint(substr(sha256(key), 0, 8), 16) % 900 }
  _bucketfuls = { for key, bucket in local._bucket : bucket => key... }
  priority = {
    for key, bucket in local._bucket : key => contains(local.default_services, local.rules[key].service) ? 50000 : (
      1 + 3 * bucket + index(sort(local._bucketfuls[bucket]), key)
    )
  }
  rules_of_services = {
    for service in keys(var.routes) : service => {
      for key, rule in local.rules : trimprefix(key, "${service} ") =>
      { host = rule.host, path = rule.path, priority = local.priority[key] }
      if rule.service == service
    }
  }
  crowded = [for key, bucket in local._bucket : key if length(local._bucketfuls[bucket]) > 3]
}
