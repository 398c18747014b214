# The only file of this module with resources; which service gets which request is computed without a provider.
locals {
  _arns = { http = var.listeners.http.arn, https = try(var.listeners.https.arn, null) }

  # A service's one target group, or those that its requests are shared out to: its slots', then its variants'.
  _groups = {
    for service, target in var.targets : service => concat(
      [for slot in target.slots : { arn = slot.arn, weight = floor(local.rest[service] * slot.weight / 100 + 0.5) }],
      [for variant in local.variants_of[service] : { arn = values(variant.slots)[0].arn, weight = variant.variant.weight }],
    )
  }
  _alone = { for service, groups in local._groups : service => length(groups) == 1 ? groups[0].arn : null }
  _shared = {
    for service, groups in local._groups : service => length(groups) == 1 ? [] : [
      { groups = groups, sticky_seconds = local.sticky_seconds[service] }
    ]
  }
}

# While a service has two slots, a header leads to the version of the last plan, whatever its weight is: so it is asked
# before it gets requests. So is each variant, and the service beside them.
resource "aws_lb_listener_rule" "slot" {
  for_each = local.slot_rules

  listener_arn = local._arns[each.value.listener]
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = var.targets[each.key].slots[var.targets[each.key].newest].arn
  }

  condition {
    http_header {
      http_header_name = "X-Slot"
      values           = [each.value.header]
    }
  }

  tags = { service = each.key }
}

# The rules of HTTPS.
resource "aws_lb_listener_rule" "secure" {
  for_each = local.placed.secure

  listener_arn = local._arns[each.value.listener]
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = local._alone[each.value.service]

    dynamic "forward" {
      for_each = local._shared[each.value.service]
      content {
        dynamic "target_group" {
          for_each = forward.value.groups
          content {
            arn    = target_group.value.arn
            weight = target_group.value.weight
          }
        }
        dynamic "stickiness" {
          for_each = forward.value.sticky_seconds == null ? [] : [forward.value.sticky_seconds]
          content {
            enabled  = true
            duration = stickiness.value
          }
        }
      }
    }
  }

  dynamic "condition" {
    for_each = each.value.host == "" ? [] : [each.value.host]
    content {
      host_header {
        values = [condition.value]
      }
    }
  }

  # A rule requires a condition: any path, if neither host nor path is given.
  dynamic "condition" {
    for_each = each.value.path == "" && each.value.host != "" ? [] : [coalesce(each.value.path, "/*")]
    content {
      path_pattern {
        values = [condition.value]
      }
    }
  }

  tags = { service = each.value.service }
}

# The rules of HTTP, and those of HTTPS that were here before November 2026.
resource "aws_lb_listener_rule" "route" {
  for_each = local.placed.route

  listener_arn = local._arns[each.value.listener]
  priority     = each.value.priority

  action {
    type             = each.value.redirects ? "redirect" : "forward"
    target_group_arn = each.value.redirects ? null : local._alone[each.value.service]
    dynamic "forward" {
      for_each = each.value.redirects ? [] : local._shared[each.value.service]
      content {
        dynamic "target_group" {
          for_each = forward.value.groups
          content {
            arn    = target_group.value.arn
            weight = target_group.value.weight
          }
        }
        dynamic "stickiness" {
          for_each = forward.value.sticky_seconds == null ? [] : [forward.value.sticky_seconds]
          content {
            enabled  = true
            duration = stickiness.value
          }
        }
      }
    }
    dynamic "redirect" {
      for_each = each.value.redirects ? [443] : []
      content {
        port        = redirect.value
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
  }

  dynamic "condition" {
    for_each = each.value.host == "" ? [] : [each.value.host]
    content {
      host_header {
        values = [condition.value]
      }
    }
  }
  dynamic "condition" {
    for_each = each.value.path == "" && each.value.host != "" ? [] : [coalesce(each.value.path, "/*")]
    content {
      path_pattern {
        values = [condition.value]
      }
    }
  }

  tags = each.value.service == null ? null : { service = each.value.service }

  # No rule redirects to HTTPS before all rules of HTTPS exist.
  depends_on = [aws_lb_listener_rule.secure]
}

output "rule_arns" {
  # A claim of two services, which is refused, must not also be reported as a missing rule.
  description = "By service, the listener rules that share its requests, once they exist."
  value = {
    for service in keys(var.routes) : service => concat(
      [for key, rule in local.placed.secure : aws_lb_listener_rule.secure[key].arn if contains(rule.claimants, service)],
      [
        for key, rule in local.placed.route : aws_lb_listener_rule.route[key].arn
        if contains(rule.claimants, service) && !rule.redirects
      ],
    )
  }
}
