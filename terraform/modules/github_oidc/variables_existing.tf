variable "existing" {
  description = "What was there before and the environment uses: the cluster, the listener that gets rules, the repositories that images are pushed to, and the bucket that models are in."
  type = object({
    bucket           = optional(string)
    cluster_name     = optional(string)
    listener_arn     = optional(string)
    repository_names = optional(list(string), [])
  })
  default  = {}
  nullable = false
}
