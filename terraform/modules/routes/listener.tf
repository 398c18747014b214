# The only file here that a provider is asked for; who gets which request is worked out without one.
resource "aws_lb_listener_rule" "route" {
  for_each = local.rules

  listener_arn = var.listener_arn
  priority     = local.priority[each.key]

  action {
    type             = "forward"
    target_group_arn = var.target_group_arns[each.value.service]
  }

  dynamic "condition" {
    for_each = each.value.host == "" ? [] : [each.value.host]

    content {
      host_header {
        values = [condition.value]
      }
    }
  }

  # A rule needs a condition: any path, where neither host nor path is given.
  dynamic "condition" {
    for_each = each.value.path == "" && each.value.host != "" ? [] : [coalesce(each.value.path, "/*")]

    content {
      path_pattern {
        values = [condition.value]
      }
    }
  }
}

output "rule_arns" {
  description = "By service, the listener's rules that lead to it, once they are there."
  value = {
    for service in keys(var.routes) : service => [
      for key, rule in local.rules : aws_lb_listener_rule.route[key].arn if rule.service == service
    ]
  }
}
