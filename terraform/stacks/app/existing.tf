# The cluster and the load balancer, existing or created here. An existing one is no data source: everything needed
# follows from its names.
locals {
  _makes_alb     = var.alb.existing == null
  _makes_cluster = var.cluster.existing == null

  # Known before it is created: it is named like the environment.
  cluster_name = local._makes_cluster ? local.prefix : var.cluster.existing.cluster_name
  cluster = local._makes_cluster ? module.ecs_cluster[0].cluster : {
    arn       = "arn:aws:ecs:${var.region}:${var.account_id}:cluster/${var.cluster.existing.cluster_name}"
    name      = var.cluster.existing.cluster_name
    exec_logs = null
  }

  # arn:…:loadbalancer/app/<name>/<id>, https://<host>:<port>
  _alb_suffix = try(split(":loadbalancer/", var.alb.existing.load_balancer_arn)[1], "app//")
  _alb_host   = try(regex("^https?://([^/]+)$", var.alb.existing.url)[0], "")
  alb = local._makes_alb ? module.alb[0].alb : {
    arn      = var.alb.existing.load_balancer_arn
    name     = try(split("/", local._alb_suffix)[1], "")
    dns_name = local._alb_host
  }
  alb_url               = local._makes_alb ? module.alb[0].url : var.alb.existing.url
  alb_arn_suffix        = local._makes_alb ? module.alb[0].arn_suffix : local._alb_suffix
  alb_security_group_id = local._makes_alb ? module.alb[0].security_group_id : var.alb.existing.security_group_id

  # An existing listener gets only rules, whatever its protocol.
  listeners = {
    http     = { arn = local._makes_alb ? module.alb[0].listeners.http.arn : var.alb.existing.listener_arn }
    https    = local._makes_alb ? module.alb[0].listeners.https : null
    redirect = local._makes_alb ? module.alb[0].listeners.redirect : false
  }
}
