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
  description = "By service, the hosts and paths it answers: any of `hosts` with any of `paths`, an empty list being all. A host may begin with `*.`, a path may end in `*`. With both empty, or with `default`, the service answers what nobody else claims. With `sticky_seconds` a cookie keeps a caller with the variant that answered first."
  type = map(object({
    hosts   = optional(list(string), [])
    paths   = optional(list(string), [])
    default = optional(bool, false)

    sticky_seconds = optional(number) # How long a cookie keeps a caller with one of several variants.
  }))
  nullable = false

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html
  validation {
    condition = alltrue([
      for seconds in [for route in var.routes : coalesce(route.sticky_seconds, 1)] :
      seconds >= 1 && seconds <= 604800 && floor(seconds) == seconds
    ])
    error_message = join("\n", [for service, route in var.routes : format(
      "services.%s.route.sticky_seconds must be a whole number from 1 to 604800, got %s.",
      service, route.sticky_seconds
      ) if anytrue([
        for seconds in [coalesce(route.sticky_seconds, 1)] : seconds < 1 || seconds > 604800 || floor(seconds) != seconds
    ])])
  }
}

variable "targets" {
  description = "By service, the target groups of its slots with their weights, and the slot that has the version of this plan; with two slots the header X-Slot leads to that one, if it says what `header` does. A `variant` has no route: it gets its `weight` in percent of the requests of the service `of`, and that one's slots share the rest; the header leads to each of them."
  type = map(object({
    slots = map(object({             # Target groups by slot, blue or green.
      arn    = string                # Its ARN.
      weight = optional(number, 100) # Its share of the requests.
    }))
    newest = optional(string, "blue") # The slot that has the version of this plan.
    header = optional(string, "")     # What the header X-Slot must say to lead there.
    variant = optional(object({       # Whose requests it gets a share of.
      of     = string                 # The service that has the route.
      weight = number                 # Its share in percent.
    }))
  }))
  nullable = false

  validation {
    condition = alltrue([
      for target in var.targets : target.variant == null ? true : contains(range(0, 100), target.variant.weight)
    ])
    error_message = join("\n", [for service, target in var.targets : format(
      "services.%s.variant.weight must be a whole number from 0 to 99, got %s.", service, target.variant.weight
    ) if target.variant == null ? false : !contains(range(0, 100), target.variant.weight)])
  }
}
