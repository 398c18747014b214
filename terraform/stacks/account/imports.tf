# Created by the account's other environments, another project, a person, or AWS itself.
import {
  for_each = var.existing.github_provider_arn[*]
  to       = module.account.aws_iam_openid_connect_provider.github[0]
  id       = each.value
}

import {
  for_each = var.existing.service_linked_roles
  to       = module.account.aws_iam_service_linked_role.service[each.key]
  id       = each.value
}

import {
  for_each = var.existing.replication ? [var.account_id] : []
  to       = module.account.aws_ecr_replication_configuration.copies[0]
  id       = each.value
}
