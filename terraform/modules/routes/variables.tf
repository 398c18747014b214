variable "known_rules" {
  description = "The listeners' rules after the last apply. Each keeps its `priority` and its address in Terraform's state: the resource `block` and its `key`. Rules that are not listed are new."
  type = list(object({
    block    = string # The resource's name in this module.
    key      = string # Its key in the resource's for_each.
    listener = string # http or https, the listener of the rule.
    claim    = string # Its claim: host and path, or * for all.
    priority = number # Its priority.
  }))
  default  = []
  nullable = false
}

variable "listeners" {
  description = "Listeners that get the rules, by `arn`; without `https` there is only plain HTTP. With `redirect`, HTTP redirects to HTTPS instead of answering."
  type = object({
    http = object({ # The listener for plain HTTP.
      arn = string  # Its ARN.
    })
    https = optional(object({ # The listener for HTTPS; an object, so that a plan knows whether it exists.
      arn = string            # Its ARN.
    }))
    redirect = optional(bool, true) # Whether HTTP redirects to HTTPS instead of answering.
  })
  nullable = false
}

variable "routes" {
  description = "By service, the hosts and paths that it answers: any of `hosts` with any of `paths`; an empty list means all. A host may begin with `*.`, a path may end in `*`. With both empty, or with `default`, the service answers what no other service claims."
  type = map(object({
    hosts   = optional(list(string), [])
    paths   = optional(list(string), [])
    default = optional(bool, false)
  }))
  nullable = false
}

variable "targets" {
  description = "By service, the target groups of its slots with their weights, and the slot with the version of this plan. With two slots, a request whose header X-Slot has the value of `header` goes to that slot."
  type = map(object({
    slots = map(object({             # Target groups by slot, blue or green.
      arn    = string                # Its ARN.
      weight = optional(number, 100) # Its share of the requests.
    }))
    newest = optional(string, "blue") # The slot that has the version of this plan.
    header = optional(string, "")     # Value of the header X-Slot that leads there.
  }))
  nullable = false
}
