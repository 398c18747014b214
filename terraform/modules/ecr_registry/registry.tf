# There is one such configuration in an account's region: who applies last wins.
resource "aws_ecr_replication_configuration" "copies" {
  count = length(var.replicas) > 0 ? 1 : 0

  replication_configuration {
    rule {
      dynamic "destination" {
        for_each = var.replicas

        content {
          region      = destination.value
          registry_id = var.account_id
        }
      }

      repository_filter {
        filter      = "${var.name}/"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}

resource "aws_ecr_pull_through_cache_rule" "upstream" {
  for_each = var.caches

  ecr_repository_prefix = "${var.name}/${each.key}"
  upstream_registry_url = each.value.upstream
  credential_arn        = each.value.credential_arn
}
