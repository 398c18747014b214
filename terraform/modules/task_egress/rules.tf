# Connections that tasks may open; answers need no rule. A rule's key contains all of the rule, so that no rule becomes
# another one that still exists: AWS refuses duplicates.
resource "aws_vpc_security_group_egress_rule" "way" {
  for_each = { for rule in local.rules : rule.key => rule... }

  security_group_id = var.security_group_id
  description       = upper(each.value[0].name)
  ip_protocol       = each.value[0].protocol
  from_port         = each.value[0].port
  to_port           = each.value[0].to_port

  # one destination
  cidr_ipv4                    = strcontains(each.value[0].to, "/") ? each.value[0].to : null
  referenced_security_group_id = startswith(each.value[0].to, "sg-") ? each.value[0].to : null
  prefix_list_id               = startswith(each.value[0].to, "pl-") ? each.value[0].to : null
}
