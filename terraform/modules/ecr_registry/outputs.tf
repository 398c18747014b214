output "cache_urls" {
  description = "By cache, the prefix of its images' names: <url>/library/nginx."
  value = {
    for name, rule in aws_ecr_pull_through_cache_rule.upstream :
    name => "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${rule.ecr_repository_prefix}"
  }
}
