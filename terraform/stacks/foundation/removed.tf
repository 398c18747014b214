# 2026-11-29: the registry's rules of copies belong to the account, which the stack `account` imports.
removed {
  from = module.ecr_registry.aws_ecr_replication_configuration.copies

  lifecycle {
    destroy = false
  }
}
