resource "aws_ecr_pull_through_cache_rule" "upstream" {
  for_each = var.caches

  ecr_repository_prefix = "${var.name}/${each.key}"
  upstream_registry_url = each.value.upstream
  credential_arn        = each.value.credential_arn
}
