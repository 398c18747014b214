output "capacity_provider" {
  description = "Name of the capacity provider, for a cluster and for the services on it."
  value       = var.name

  # An instance needs its permissions to join the cluster.
  depends_on = [
    aws_ecs_capacity_provider.instances,
    aws_iam_role_policy.agent,
    aws_vpc_security_group_egress_rule.instance_to_https,
  ]
}
