# November 2026: a service has slots; the first slot is what the service was.
moved {
  from = aws_ecs_service.service
  to   = aws_ecs_service.service["blue"]
}

moved {
  from = aws_appautoscaling_target.tasks
  to   = aws_appautoscaling_target.tasks["blue"]
}

# November 2026: the egress rules are configurable; before, HTTPS to anywhere was fixed.
moved {
  from = aws_vpc_security_group_egress_rule.tasks_to_https
  to   = module.task_egress.aws_vpc_security_group_egress_rule.way["tcp 443 0.0.0.0/0"]
}
