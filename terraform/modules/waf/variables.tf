variable "load_balancer_arn" {
  description = "Load balancer to protect."
  type        = string
  nullable    = false
}

variable "managed_rule_groups" {
  description = "AWS's managed rule groups to apply, in this order."
  type        = list(string)
  default = [
    "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"
  ]
  nullable = false

  validation {
    condition = alltrue([
      for group in var.managed_rule_groups :
      can(regex("^AWSManagedRules[A-Za-z0-9]+$", group)) && !contains(local.unsupported_groups, group)
    ])
    error_message = format(
      join(" ", [
        "alb.waf.managed_rule_groups must be AWS's managed rule groups, such as AWSManagedRulesCommonRuleSet, other than",
        "those that want settings (%s), got %s.",
      ]),
      join(", ", local.unsupported_groups), join(", ", [
        for group in var.managed_rule_groups : group
        if !can(regex("^AWSManagedRules[A-Za-z0-9]+$", group)) || contains(local.unsupported_groups, group)
      ])
    )
  }

  validation {
    condition = length(var.managed_rule_groups) > 0 || var.rate_limit != null || var.web_acl_arn != null
    error_message = join(" ", [
      "alb.waf must have a rate_limit, managed_rule_groups or a web_acl_arn (it would let everything pass), got",
      "none.",
    ])
  }
}

variable "name" {
  description = "Name of the web ACL, such as shop-dev."
  type        = string
  nullable    = false
}

variable "rate_limit" {
  description = "Requests that one address may send in 5 minutes before it is blocked; null is no limit."
  type        = number
  default     = null
  nullable    = true

  validation {
    condition = var.rate_limit == null ? true : (
      var.rate_limit >= 10 && var.rate_limit <= 2000000000 && floor(var.rate_limit) == var.rate_limit
    )
    error_message = join(" ", [
      "alb.waf.rate_limit must be a whole number from 10 to 2000000000 requests in 5 minutes, got",
      "${coalesce(var.rate_limit, 0)}.",
    ])
  }
}

variable "web_acl_arn" {
  description = "ARN of an existing regional web ACL, instead of one that this module creates."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition = var.web_acl_arn == null ? true : can(regex(
      "^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/", var.web_acl_arn
    ))
    error_message = join(" ", [
      "alb.waf.web_acl_arn must be the ARN of a regional web ACL or null, got ${coalesce(var.web_acl_arn, "null")}.",
    ])
  }
}
