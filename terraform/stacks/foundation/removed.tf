# 2026-11-29: the registry's replication rules belong to the account; the stack `account` imports them.
removed {
  from = module.ecr_registry.aws_ecr_replication_configuration.copies

  lifecycle {
    destroy = false
  }
}
