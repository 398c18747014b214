output "alb" {
  description = "`arn`, `name` and `dns_name` of the load balancer."
  value = {
    arn      = aws_lb.front.arn
    name     = aws_lb.front.name
    dns_name = aws_lb.front.dns_name
  }
}

output "arn_suffix" {
  description = "Name that CloudWatch uses for the load balancer."
  value       = aws_lb.front.arn_suffix
}

output "listeners" {
  description = "Listeners for the services' rules, by `arn`; `https` if there is a certificate, and `redirect` if HTTP redirects to HTTPS."
  value = {
    http     = { arn = aws_lb_listener.http.arn }
    https    = local.has_https ? { arn = aws_lb_listener.https[0].arn } : null
    redirect = local.is_redirect
  }
}

output "security_group_id" {
  description = "Security group of the load balancer."
  value       = aws_security_group.load_balancer.id
}

output "url" {
  description = "URL for callers, with its scheme, once the security group admits them."
  value       = "${local.has_https ? "https" : "http"}://${aws_lb.front.dns_name}"

  depends_on = [aws_lb_listener.http, aws_vpc_security_group_ingress_rule.callers]
}

output "zone_id" {
  description = "Hosted zone for alias records to the load balancer."
  value       = aws_lb.front.zone_id
}
