variable "account_id" {
  description = "AWS account whose alarms may publish."
  type        = string
  nullable    = false
}

variable "emails" {
  description = "E-mail addresses that get each message, once their owners have confirmed by the link that AWS sends."
  type        = list(string)
  nullable    = false

  validation {
    condition = alltrue([for email in var.emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", email))])
    error_message = join(" ", [
      "monitoring.emails must be e-mail addresses, got",
      "${join(", ", [for email in var.emails : email if !can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", email))])}.",
    ])
  }
}

variable "name" {
  description = "Prefix of all names of the environment, such as shop-dev."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region, such as eu-west-1."
  type        = string
  nullable    = false
}
