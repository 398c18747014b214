output "web_acl_arn" {
  description = "Web ACL in front of the load balancer, once it is there."
  value       = aws_wafv2_web_acl_association.front.web_acl_arn
}
