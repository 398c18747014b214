variable "known_rules" {
  description = "The listeners' rules as the last apply left them: each keeps its `priority`, and its place in Terraform's state: the resource `block` and its `key`. Those that are not listed are new."
  type = list(object({
    block    = string # The resource's name in this module.
    key      = string # Its key in the resource's for_each.
    listener = string # http or https, the listener that has it.
    claim    = string # What it takes: host and path, or * for all.
    priority = number # Its priority there.
  }))
  default  = []
  nullable = false
}

variable "listeners" {
  description = "Listeners that get the rules, by `arn`; without `https` there is plain HTTP alone. With `redirect` the one for HTTP leads there instead of answering."
  type = object({
    http = object({ # The listener for plain HTTP.
      arn = string  # Its ARN.
    })
    https = optional(object({ # The listener for HTTPS; an object, since that there is one is known before it is made.
      arn = string            # Its ARN.
    }))
    redirect = optional(bool, true) # Whether HTTP leads to HTTPS instead of answering.
  })
  nullable = false
}

variable "routes" {
  description = "By service, the hosts and paths it answers: any of `hosts` with any of `paths`, an empty list being all. A host may begin with `*.`, a path may end in `*`. With both empty, or with `default`, the service answers what nobody else claims."
  type = map(object({
    hosts   = optional(list(string), [])
    paths   = optional(list(string), [])
    default = optional(bool, false)
  }))
  nullable = false
}

variable "targets" {
  description = "By service, the target groups of its slots with their weights, and the slot that has the version of this plan; with two slots the header X-Slot leads to that one, if it says what `header` does."
  type = map(object({
    slots = map(object({             # Target groups by slot, blue or green.
      arn    = string                # Its ARN.
      weight = optional(number, 100) # Its share of the requests.
    }))
    newest = optional(string, "blue") # The slot that has the version of this plan.
    header = optional(string, "")     # What the header X-Slot must say to lead there.
  }))
  nullable = false
}
