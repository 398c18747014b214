locals {
  has_https   = var.certificate != null
  is_redirect = local.has_https && try(var.certificate.redirect, true)

  # The answer to requests that no service's route claims, in the form of the services' errors.
  not_found = jsonencode({
    success = false
    error   = "not_found"
    message = "No service answers here."
  })
}

# Without a certificate it answers; with one it redirects to HTTPS, unless `redirect` is false.
resource "aws_lb_listener" "http" {
  # checkov:skip=CKV_AWS_2:with a certificate it only redirects; without one it is all there is, which the plan says loudly

  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = local.is_redirect ? "redirect" : "fixed-response"

    dynamic "redirect" {
      for_each = local.is_redirect ? [443] : []

      content {
        port        = redirect.value
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }

    dynamic "fixed_response" {
      for_each = local.is_redirect ? [] : [local.not_found]

      content {
        content_type = "application/json"
        message_body = fixed_response.value
        status_code  = "404"
      }
    }
  }

  # HTTP must not redirect to HTTPS before HTTPS exists.
  depends_on = [aws_lb_listener.https]
}

resource "aws_lb_listener" "https" {
  count = local.has_https ? 1 : 0

  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate.arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = local.not_found
      status_code  = "404"
    }
  }

  depends_on = [aws_vpc_security_group_ingress_rule.callers]
}
