# 2026-11: the VPC may be an existing one.
moved {
  from = module.vpc
  to   = module.vpc[0]
}
