# November 2026: the egress rules are configurable; before, HTTPS to anywhere was fixed.
moved {
  from = aws_vpc_security_group_egress_rule.tasks_to_https
  to   = module.task_egress.aws_vpc_security_group_egress_rule.way["tcp 443 0.0.0.0/0"]
}
