variable "account_id" {
  description = "AWS account of the registry."
  type        = string
  nullable    = false
}

variable "caches" {
  description = "Pull-through caches, by a short name: `upstream` is a registry, such as public.ecr.aws, and `credential_arn` a secret in Secrets Manager, if the upstream requires one."
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
  description = "Prefix of the names of the environment's repositories, such as shop-dev."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region of the registry, such as eu-west-1."
  type        = string
  nullable    = false
}
