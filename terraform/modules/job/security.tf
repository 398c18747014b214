# No ingress rule: nobody calls a job.
resource "aws_security_group" "tasks" {
  name        = local.full_name
  description = "Tasks of ${local.full_name}"
  vpc_id      = var.environment.vpc_id

  tags = { Name = local.full_name }
}

module "task_egress" {
  source = "../task_egress"

  owner             = "jobs.${var.name}"
  security_group_id = aws_security_group.tasks.id
  ways              = var.container.egress
}
