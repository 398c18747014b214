output "hosts" {
  description = "The hosts, once their names lead to the load balancer."
  value       = var.hosts

  depends_on = [aws_route53_record.alias]
}
