output "cluster" {
  description = "`arn` and `name` of the cluster, once it can place tasks."
  value = {
    arn  = aws_ecs_cluster.services.arn
    name = aws_ecs_cluster.services.name
  }

  depends_on = [aws_ecs_cluster_capacity_providers.fargate]
}
