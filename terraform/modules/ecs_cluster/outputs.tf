output "cluster" {
  description = "`arn` and `name` of the cluster, once it can place tasks, and `exec_logs`, the log group of ECS Exec sessions, null without one."
  value = {
    arn  = aws_ecs_cluster.services.arn
    name = aws_ecs_cluster.services.name
    exec_logs = one([for group in aws_cloudwatch_log_group.sessions : {
      kms_key_arn    = group.kms_key_id
      log_group_name = group.name
    }])
  }

  depends_on = [aws_ecs_cluster_capacity_providers.fargate]
}
