output "certificate_arn" {
  description = "The certificate, once it is issued."
  value       = aws_acm_certificate_validation.hosts.certificate_arn
}
