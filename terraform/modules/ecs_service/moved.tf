# November 2026: what tasks reach is a choice; HTTPS to anywhere was not.
moved {
  from = aws_vpc_security_group_egress_rule.tasks_to_https
  to   = module.task_egress.aws_vpc_security_group_egress_rule.way["tcp 443 0.0.0.0/0"]
}
