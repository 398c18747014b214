# Advice that a plan shows; it blocks nothing.

check "encrypted_in_transit" {
  assert {
    condition     = var.alb.certificate_arn != null || var.dns != null || var.sandbox || var.alb.existing != null
    error_message = "dns or alb.certificate_arn should be given, got neither: callers and answers travel as plain HTTP."
  }
}

check "redirected" {
  assert {
    condition     = var.alb.redirect || (var.alb.certificate_arn == null && var.dns == null) || var.sandbox
    error_message = "alb.redirect should be true once callers use HTTPS, got false: plain HTTP is answered as well."
  }
}

check "protected" {
  assert {
    condition = var.alb.deletion_protection == true || var.disposable || var.alb.existing != null
    error_message = join(" ", [
      "alb.deletion_protection should be true with disposable false, got false: one destroy takes the address away.",
    ])
  }
}

check "disposable" {
  assert {
    condition = !(var.alb.deletion_protection == true && var.disposable)
    error_message = join(" ", [
      "alb.deletion_protection should be false with disposable true, got true: a destroy stops at the load balancer.",
    ])
  }
}
