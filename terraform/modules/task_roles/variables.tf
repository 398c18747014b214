variable "environment" {
  description = "The account and the region that the tasks run in."
  type = object({
    account_id = string
    region     = string
  })
  nullable = false
}

variable "execution" {
  description = "What ECS needs to start a task: the `images` to pull (those in ECR say themselves where) and ARNs of `repositories` besides, the ARNs of the `secrets` to read, and the `log_group_name` to write to."
  type = object({
    images         = list(string)
    log_group_name = string
    repositories   = optional(list(string), [])
    secrets        = optional(list(string), [])
  })
  nullable = false
}

variable "name" {
  description = "Name of the task's family, such as shop-dev-recommender, which the roles' names begin with."
  type        = string
  nullable    = false
}

variable "task" {
  description = "What the containers themselves may do: read and write objects under S3 prefixes, and whatever `policy` says. Nothing without it."
  type = object({
    readable_objects = optional(list(object({ bucket_arn = string, prefix = string })), [])
    writable_objects = optional(list(object({ bucket_arn = string, prefix = string })), [])
    policy           = optional(list(object({ actions = list(string), resources = list(string) })), [])
  })
  default  = {}
  nullable = false
}
