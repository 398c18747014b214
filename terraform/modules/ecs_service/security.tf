resource "aws_security_group" "tasks" {
  name        = local.full_name
  description = "Tasks of ${local.full_name}"
  vpc_id      = var.environment.vpc_id

  tags = { Name = local.full_name }
}

# The load balancer may reach the tasks on any port: while a change of port rolls out, both ports are in use.
resource "aws_vpc_security_group_egress_rule" "load_balancer_to_tasks" {
  security_group_id            = var.platform.load_balancer.security_group_id
  description                  = "Tasks of ${var.name}"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = 1
  to_port                      = 65535
}

resource "aws_vpc_security_group_ingress_rule" "tasks_from_load_balancer" {
  # checkov:skip=CKV_AWS_24,CKV_AWS_25,CKV_AWS_260:the source is the load balancer's security group, not the world

  security_group_id            = aws_security_group.tasks.id
  description                  = "Load balancer"
  referenced_security_group_id = var.platform.load_balancer.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 1
  to_port                      = 65535
}

module "task_egress" {
  source = "../task_egress"

  owner             = "services.${var.name}"
  security_group_id = aws_security_group.tasks.id
  ways              = var.container.egress
}
