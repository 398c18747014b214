variable "existing" {
  description = "Existing resources that the environment uses, see the module."
  type = object({
    bucket           = optional(string)
    cluster_name     = optional(string)
    listener_arn     = optional(string)
    repository_names = optional(list(string), [])
  })
  default  = {}
  nullable = false
}
