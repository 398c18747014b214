locals {
  _arn                   = "arn:aws:ecs:${var.environment.region}:${var.environment.account_id}"
  cluster_arn            = "${local._arn}:cluster/${var.cluster_name}"
  container_instance_arn = "${local._arn}:container-instance/${var.cluster_name}/*"
}

data "aws_iam_policy_document" "instances_of_ec2" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

# What ECS's agent does; the tasks' execution roles pull images and write logs.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
data "aws_iam_policy_document" "agent" {
  statement {
    sid       = "FindEndpoint"
    actions   = ["ecs:DiscoverPollEndpoint"]
    resources = ["*"]
  }

  statement {
    sid = "JoinCluster"
    actions = [
      "ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance",
      "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange",
    ]
    resources = [local.cluster_arn]
  }

  statement {
    sid       = "TakeOrders"
    actions   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
    resources = [local.container_instance_arn]
  }
}

resource "aws_iam_role" "instance" {
  name               = "${var.name}-instance"
  assume_role_policy = data.aws_iam_policy_document.instances_of_ec2.json
}

resource "aws_iam_role_policy" "agent" {
  name   = "join-cluster"
  role   = aws_iam_role.instance.id
  policy = data.aws_iam_policy_document.agent.json
}

resource "aws_iam_instance_profile" "instance" {
  name = "${var.name}-instance"
  role = aws_iam_role.instance.name
}
