resource "aws_ecs_cluster" "services" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }
}

# Both kinds of Fargate are at hand; each service says which it wants.
resource "aws_ecs_cluster_capacity_providers" "fargate" {
  cluster_name       = aws_ecs_cluster.services.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
