# November 2026: a version may stand beside another; the first slot is what a service was.
moved {
  from = aws_ecs_service.service
  to   = aws_ecs_service.service["blue"]
}

moved {
  from = aws_appautoscaling_target.tasks
  to   = aws_appautoscaling_target.tasks["blue"]
}

# November 2026: what tasks reach is a choice; HTTPS to anywhere was not.
moved {
  from = aws_vpc_security_group_egress_rule.tasks_to_https
  to   = module.task_egress.aws_vpc_security_group_egress_rule.way["tcp 443 0.0.0.0/0"]
}
