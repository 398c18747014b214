variable "account_id" {
  description = "AWS account of the registry."
  type        = string
  nullable    = false
}

variable "caches" {
  description = "Registries whose images are kept here once they were pulled through this one: a short name to `upstream`, such as public.ecr.aws, and `credential_arn`, a secret of Secrets Manager where the upstream wants one."
  type = map(object({
    upstream       = string
    credential_arn = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in keys(var.caches) : can(regex("^[a-z][a-z0-9]*$", name)) && length("${var.name}/${name}") <= 30
    ])
    error_message = format(
      join(" ", [
        "images.caches must have names of lower-case letters and digits, at most 30 characters with %s/ before them,",
        "got %s.",
      ]),
      var.name, join(", ", [
        for name in keys(var.caches) : name
        if !(can(regex("^[a-z][a-z0-9]*$", name)) && length("${var.name}/${name}") <= 30)
      ])
    )
  }
}

variable "name" {
  description = "What the names of the environment's repositories begin with, such as shop-dev."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region of the registry, such as eu-west-1."
  type        = string
  nullable    = false
}
