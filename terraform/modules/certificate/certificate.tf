locals {
  # A wildcard is validated by the record of the domain without `*.`.
  validated_names = toset([for host in var.hosts : trimprefix(host, "*.")])

  # ACM allows at most 64 characters for the first name, and any length for the others.
  short_hosts = [for host in sort(var.hosts) : host if length(host) <= 64]
  first_host  = length(local.short_hosts) > 0 ? local.short_hosts[0] : ""
  challenge_of = {
    for option in aws_acm_certificate.hosts.domain_validation_options :
    trimprefix(option.domain_name, "*.") => option...
  }
}

resource "aws_acm_certificate" "hosts" {
  domain_name               = local.first_host
  subject_alternative_names = setsubtract(var.hosts, [local.first_host])
  validation_method         = "DNS"

  # Another host requires another certificate; the listener keeps the old one until the new one is issued.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "challenge" {
  for_each = local.validated_names

  zone_id = var.zone_id
  name    = local.challenge_of[each.key][0].resource_record_name
  type    = local.challenge_of[each.key][0].resource_record_type
  records = [local.challenge_of[each.key][0].resource_record_value]
  ttl     = 300

  # An account's certificates for one name share the record, and a replacement finds it in place.
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "hosts" {
  certificate_arn         = aws_acm_certificate.hosts.arn
  validation_record_fqdns = [for record in aws_route53_record.challenge : record.fqdn]

  # The listener waits for this. If no certificate is issued, the listener and its rules stay as they were.
  timeouts {
    create = "${var.wait_minutes}m"
  }
}
