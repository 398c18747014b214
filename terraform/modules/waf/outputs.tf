output "web_acl_arn" {
  description = "Web ACL of the load balancer, once they are associated."
  value       = aws_wafv2_web_acl_association.front.web_acl_arn
}
