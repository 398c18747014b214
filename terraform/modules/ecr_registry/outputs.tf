output "cache_urls" {
  description = "By name of a cache, what an image's name goes on from: <url>/library/nginx."
  value = {
    for name, rule in aws_ecr_pull_through_cache_rule.upstream :
    name => "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${rule.ecr_repository_prefix}"
  }
}
