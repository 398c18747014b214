variable "listener_arn" {
  description = "Listener that gets the rules."
  type        = string
  nullable    = false
}

variable "routes" {
  description = "By service, the hosts and paths it answers: any of `hosts` with any of `paths`, an empty list being all. A host may begin with `*.`, a path may end in `*`. With both empty the service answers what nobody else claims."
  type = map(object({
    hosts = optional(list(string), [])
    paths = optional(list(string), [])
  }))
  nullable = false
}

variable "target_group_arns" {
  description = "By service, the target group that its requests go to."
  type        = map(string)
  nullable    = false
}
