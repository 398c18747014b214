variable "cluster_name" {
  description = "Name of the cluster that the instances join; it need not exist yet."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "What the environment's capacity has in common: the account, the region and the VPC."
  type = object({
    account_id = string
    region     = string
    vpc_id     = string
  })
  nullable = false
}

variable "instances" {
  description = "Type of the instances, how many, and the size of their encrypted disks. `gpu` says that the type has GPUs, which requires another AMI."
  type = object({
    instance_type = string
    architecture  = optional(string, "x86_64")
    gpu           = optional(bool, false)
    min           = optional(number, 0)
    max           = number
    disk_gib      = optional(number, 30)
  })
  nullable = false

  validation {
    condition = contains(["x86_64", "arm64"], var.instances.architecture)
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.architecture must be x86_64 or arm64,",
      "got ${var.instances.architecture}.",
    ])
  }

  validation {
    condition = !var.instances.gpu || var.instances.architecture == "x86_64"
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.gpu must be false with arm64 (ECS has no AMI for both),",
      "got true.",
    ])
  }

  validation {
    condition = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instances.instance_type))
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.instance_type must be an EC2 instance type such as c7g.large,",
      "got ${var.instances.instance_type}.",
    ])
  }

  validation {
    condition = var.instances.min >= 0 && floor(var.instances.min) == var.instances.min
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.min must be a whole number of at least 0,",
      "got ${var.instances.min}.",
    ])
  }

  validation {
    condition = (
      var.instances.max >= max(1, var.instances.min) && floor(var.instances.max) == var.instances.max
    )
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.max must be a whole number of at least 1 and min",
      "${var.instances.min}, got ${var.instances.max}.",
    ])
  }

  validation {
    condition = var.instances.disk_gib >= 30 && floor(var.instances.disk_gib) == var.instances.disk_gib
    error_message = join(" ", [
      "cluster.ec2.${trimprefix(var.name, "${var.cluster_name}-")}.disk_gib must be a whole number of at least 30",
      "(the AMI's size), got ${var.instances.disk_gib}.",
    ])
  }
}

variable "name" {
  description = "Name of the capacity provider and prefix of its parts, such as shop-dev-gpu."
  type        = string
  nullable    = false

  validation {
    condition = can(regex("^[a-zA-Z0-9_-]{1,55}$", var.name)) && !can(regex("^(aws|ecs|fargate)", lower(var.name)))
    error_message = join(" ", [
      "name must be 1 to 55 letters, digits, _ or - (its role has 64), and not begin with aws, ecs or fargate (AWS",
      "keeps those to itself), got ${var.name}.",
    ])
  }
}

variable "subnet_ids" {
  description = "Private subnets that reach ECS's endpoints."
  type        = list(string)
  nullable    = false
}

variable "tags" {
  description = "Tags of the instances and their disks, which do not get the provider's default tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
