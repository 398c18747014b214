locals {
  named_hosts = distinct(flatten([for route in local._routes : route.hosts]))

  _makes_certificate = var.dns != null && var.alb.certificate_arn == null
  certificate = (
    local._makes_certificate ? { arn = module.certificate[0].certificate_arn, redirect = var.alb.redirect } :
    var.alb.certificate_arn == null ? null : { arn = var.alb.certificate_arn, redirect = var.alb.redirect }
  )
}

module "certificate" {
  source = "../../modules/certificate"
  count  = local._makes_certificate ? 1 : 0

  hosts        = local.named_hosts
  wait_minutes = var.dns.certificate_minutes
  zone_id      = var.dns.zone_id
}

module "dns" {
  source = "../../modules/dns"
  count  = var.dns == null ? 0 : 1

  zone          = { id = var.dns.zone_id, name = var.dns.zone_name }
  hosts         = local.named_hosts
  load_balancer = { dns_name = local.alb.dns_name, zone_id = one(module.alb[*].zone_id) }
}
