# November 2026: target groups and listener rules are modules next to the services, so that a rule can forward to
# several of them. A `moved` block has no pattern: a service whose name is not in environments/ needs its own blocks
# here before its next apply, one for its target group and one for each of its rules.
moved {
  from = module.ecs_service["recommender"].aws_lb_target_group.tasks
  to   = module.target_group["recommender"].aws_lb_target_group.tasks
}

moved {
  from = module.ecs_service["recommender"].aws_lb_listener_rule.route["*"]
  to   = module.routes.aws_lb_listener_rule.route["recommender *"]
}

# November 2026: the cluster and the load balancer may be existing ones.
moved {
  from = module.alb
  to   = module.alb[0]
}

moved {
  from = module.ecs_cluster
  to   = module.ecs_cluster[0]
}
