# Instances behind a load balancer and a database: a launch template, user data, a password, dynamic blocks.
variable "size" {
  type    = string
  default = "t3.micro"
}

variable "password" {
  type      = string
  default   = "foreign-password-1"
  sensitive = true
}

resource "aws_vpc" "main" {
  cidr_block = "172.16.0.0/20"
}

resource "aws_subnet" "dmz" {
  for_each = toset(["a", "b"])

  vpc_id            = aws_vpc.main.id
  availability_zone = "eu-west-1${each.key}"
  cidr_block        = each.key == "a" ? "172.16.0.0/24" : "172.16.1.0/24"
}

resource "aws_lb" "web" {
  name               = "web"
  load_balancer_type = "network"
  subnets            = [for subnet in aws_subnet.dmz : subnet.id]
}

resource "aws_lb_target_group" "web" {
  name     = "web"
  port     = 80
  protocol = "TCP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_launch_template" "web" {
  name          = "web"
  image_id      = "ami-0123456789abcdef0"
  instance_type = var.size
  user_data     = base64encode("#!/bin/sh\necho '<script>alert(1)</script>' > /var/www/index.html\n")

  dynamic "block_device_mappings" {
    for_each = { xvda = 20, xvdb = 100 }

    content {
      device_name = block_device_mappings.key

      ebs {
        volume_size = block_device_mappings.value
        volume_type = "gp3"
      }
    }
  }
}

resource "aws_autoscaling_group" "web" {
  name                = "web"
  min_size            = 2
  max_size            = 6
  vpc_zone_identifier = [for subnet in aws_subnet.dmz : subnet.id]
  target_group_arns   = [aws_lb_target_group.web.arn]

  launch_template {
    name    = aws_launch_template.web.name
    version = "$Latest"
  }

  tag {
    key                 = "Name"
    value               = "web"
    propagate_at_launch = true
  }
}

resource "aws_db_instance" "main" {
  identifier          = "main"
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "app"
  password            = var.password
  skip_final_snapshot = true
}

resource "aws_iam_role" "admin" {
  name               = "admin"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

output "connection" {
  value     = "postgres://app:${var.password}@${aws_db_instance.main.endpoint}/app"
  sensitive = true
}
