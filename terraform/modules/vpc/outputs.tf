output "private_subnet_ids" {
  description = "Private subnets by zone, which may have no egress yet; empty with egress = public."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "public_subnet_ids" {
  description = "Public subnets by zone, once they reach the internet."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "task_network" {
  description = "Subnets of tasks: `subnet_ids`, and whether they need `assign_public_ip` for egress."
  value = {
    subnet_ids       = [for subnet in local.has_private_subnets ? aws_subnet.private : aws_subnet.public : subnet.id]
    assign_public_ip = !local.has_private_subnets
  }

  depends_on = [
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_ingress_rule.endpoints_from_network,
  ]
}

output "vpc_id" {
  description = "Id of the network."
  value       = aws_vpc.network.id
}
