# November 2026: target groups and the listener's rules stand beside the services, so that a rule can lead to several of
# them. A `moved` block takes no pattern: a service of another name than those of environments/ needs blocks of its own
# here before its next apply, one for its target group and one for each of its rules.
moved {
  from = module.ecs_service["recommender"].aws_lb_target_group.tasks
  to   = module.target_group["recommender"].aws_lb_target_group.tasks
}

moved {
  from = module.ecs_service["recommender"].aws_lb_listener_rule.route["*"]
  to   = module.routes.aws_lb_listener_rule.route["recommender *"]
}

# November 2026: there may be a cluster already, or a load balancer.
moved {
  from = module.alb
  to   = module.alb[0]
}

moved {
  from = module.ecs_cluster
  to   = module.ecs_cluster[0]
}
