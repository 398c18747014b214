variable "existing" {
  description = "Existing resources that the environment uses: the cluster, the listener that gets rules, the repositories to which images are pushed, and the bucket with the models."
  type = object({
    bucket           = optional(string)
    cluster_name     = optional(string)
    listener_arn     = optional(string)
    repository_names = optional(list(string), [])
  })
  default  = {}
  nullable = false
}
