# One service behind a load balancer, made of the modules alone.
variable "account_id" { type = string }
variable "image" { type = string } # by digest, as registry.example.com/site@sha256:...

provider "aws" { region = "eu-west-1" }

locals { environment = { account_id = var.account_id, region = "eu-west-1", prefix = "shop-dev", vpc_id = module.vpc.vpc_id } }

module "vpc" {
  source             = "../../terraform/modules/vpc"
  name               = "shop-dev"
  region             = "eu-west-1"
  cidr               = "10.20.0.0/16"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  egress             = "public"
}

module "alb" {
  source  = "../../terraform/modules/alb"
  name    = "shop-dev"
  network = { vpc_id = module.vpc.vpc_id, subnet_ids = values(module.vpc.public_subnet_ids) }
}

module "ecs_cluster" {
  source = "../../terraform/modules/ecs_cluster"
  name   = "shop-dev"
}

module "target_group" {
  source      = "../../terraform/modules/target_group"
  name        = "site"
  environment = local.environment
}

module "routes" {
  source    = "../../terraform/modules/routes"
  listeners = module.alb.listeners
  routes    = { site = {} } # every request
  targets   = { site = { slots = { blue = module.target_group } } }
}

module "ecs_service" {
  source      = "../../terraform/modules/ecs_service"
  name        = "site"
  environment = local.environment
  container   = { image = var.image, port = 8080 }
  platform = {
    cluster = module.ecs_cluster.cluster
    network = module.vpc.task_network
    load_balancer = {
      arn_suffix        = module.alb.arn_suffix
      rule_arns         = module.routes.rule_arns["site"]
      security_group_id = module.alb.security_group_id
      target_groups     = { blue = module.target_group }
    }
  }
}

output "url" { value = module.alb.url }
