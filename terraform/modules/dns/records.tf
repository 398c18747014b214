locals {
  # IPv6 is asked for, too; the answer is empty while the load balancer has only IPv4.
  _aliases = {
    for pair in setproduct(var.hosts, ["A", "AAAA"]) :
    "${pair[0]} ${pair[1]}" => { host = pair[0], type = pair[1] }
  }
}

resource "aws_route53_record" "alias" {
  for_each = local._aliases

  zone_id = var.zone.id
  name    = each.value.host
  type    = each.value.type

  allow_overwrite = false

  alias {
    name                   = var.load_balancer.dns_name
    zone_id                = var.load_balancer.zone_id
    evaluate_target_health = false
  }
}
