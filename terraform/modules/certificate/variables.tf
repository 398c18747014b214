variable "hosts" {
  description = "Names that the certificate is for, such as [\"films.example.com\", \"*.example.com\"]."
  type        = set(string)
  nullable    = false

  validation {
    condition = length(var.hosts) == 0 || anytrue([for host in var.hosts : length(host) <= 64])
    error_message = join(" ", [
      "services.*.route.hosts must name at least 1 host of at most 64 characters (a certificate's first name has no",
      "more), got ${join(", ", var.hosts)}.",
    ])
  }
}

variable "wait_minutes" {
  description = "How long an apply waits for AWS to issue the certificate."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.wait_minutes > 0 && var.wait_minutes <= 75
    error_message = "dns.certificate_minutes must be above 0 and at most 75, got ${var.wait_minutes}."
  }
}

variable "zone_id" {
  description = "Public hosted zone of Route 53 that contains the names."
  type        = string
  nullable    = false
}
