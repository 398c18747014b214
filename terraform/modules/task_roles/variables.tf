variable "environment" {
  description = "The account and the region of the tasks."
  type = object({
    account_id = string
    region     = string
  })
  nullable = false
}

variable "execution" {
  description = "What ECS needs to start a task: the `images` to pull (names in ECR contain their account and region) and the ARNs of more `repositories`, the ARNs of the `secrets` to read, and the `log_group_name` to write to."
  type = object({
    images         = list(string)
    log_group_name = string
    repositories   = optional(list(string), [])
    secrets        = optional(list(string), [])
  })
  nullable = false
}

variable "name" {
  description = "Family of the task definition, such as shop-dev-recommender, the prefix of the roles' names."
  type        = string
  nullable    = false
}

variable "task" {
  description = "What the containers themselves may do: read and write objects under S3 prefixes, and all that `policy` allows. The default is nothing."
  type = object({
    readable_objects = optional(list(object({ bucket_arn = string, prefix = string })), [])
    writable_objects = optional(list(object({ bucket_arn = string, prefix = string })), [])
    policy           = optional(list(object({ actions = list(string), resources = list(string) })), [])
  })
  default  = {}
  nullable = false
}
