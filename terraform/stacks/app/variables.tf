variable "alb" {
  description = "The load balancer: who may call it, its certificate, its WAF and logs, and its protection; or an existing one (`existing`), called at its `url`."
  type = object({
    access_logs_bucket   = optional(string)
    allowed_cidrs        = optional(list(string))
    certificate_arn      = optional(string)
    deletion_protection  = optional(bool)
    idle_timeout_seconds = optional(number)
    internal             = optional(bool, false)
    redirect             = optional(bool, true)
    waf = optional(object({
      managed_rule_groups = optional(list(string))
      rate_limit          = optional(number)
      web_acl_arn         = optional(string)
    }))
    existing = optional(object({
      load_balancer_arn = string
      listener_arn      = string
      security_group_id = string
      url               = string
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition = try(split(":", var.alb.certificate_arn)[3] == var.region, true)
    error_message = join(" ", [
      "alb.certificate_arn must be of the load balancer's region ${var.region},",
      "got ${coalesce(var.alb.certificate_arn, "null")}.",
    ])
  }

  validation {
    condition = try(split(":", var.alb.waf.web_acl_arn)[3] == var.region, true)
    error_message = join(" ", [
      "alb.waf.web_acl_arn must be of the load balancer's region ${var.region},",
      "got ${coalesce(try(var.alb.waf.web_acl_arn, null), "null")}.",
    ])
  }

  validation {
    condition = var.alb.existing == null ? true : can(regex(
      "^arn:[a-z-]+:elasticloadbalancing:${var.region}:${var.account_id}:loadbalancer/app/[^/]+/[0-9a-z]+$",
      var.alb.existing.load_balancer_arn
    ))
    error_message = join(" ", [
      "alb.existing.load_balancer_arn must be the ARN of an Application Load Balancer in ${var.region} of account",
      "${var.account_id}, got ${try(var.alb.existing.load_balancer_arn, "null")}.",
    ])
  }

  # arn:…:loadbalancer/app/<name>/<id> has the listeners arn:…:listener/app/<name>/<id>/<id>.
  validation {
    condition = var.alb.existing == null ? true : startswith(
      var.alb.existing.listener_arn, "${replace(var.alb.existing.load_balancer_arn, ":loadbalancer/", ":listener/")}/"
    )
    error_message = join(" ", [
      "alb.existing.listener_arn must be the ARN of a listener of alb.existing.load_balancer_arn,",
      "got ${try(var.alb.existing.listener_arn, "null")}.",
    ])
  }

  validation {
    condition = can(regex("^sg-[0-9a-f]{8,17}$", try(var.alb.existing.security_group_id, "sg-00000000")))
    error_message = join(" ", [
      "alb.existing.security_group_id must be a security group's id such as sg-0a1b2c3d4e5f60718,",
      "got ${try(var.alb.existing.security_group_id, "null")}.",
    ])
  }

  validation {
    condition = can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", try(var.alb.existing.url, "http://none")))
    error_message = join(" ", [
      "alb.existing.url must be http:// or https:// and a host, without a path,",
      "got ${try(var.alb.existing.url, "null")}.",
    ])
  }
}

variable "cluster" {
  description = "The ECS cluster, created or an existing one (`existing`), and in `ec2` the groups of instances that its services may run on, by name."
  type = object({
    container_insights = optional(bool)
    exec_logs          = optional(object({ kms_key_arn = string, retention_days = optional(number) }))
    ec2 = optional(map(object({
      instance_type = string
      architecture  = optional(string)
      gpu           = optional(bool)
      min           = optional(number)
      max           = number
      disk_gib      = optional(number)
    })), {})
    existing = optional(object({ cluster_name = string }))
  })
  default  = {}
  nullable = false

  validation {
    condition = can(regex("^[a-zA-Z0-9_-]{1,255}$", try(var.cluster.existing.cluster_name, "none")))
    error_message = join(" ", [
      "cluster.existing.cluster_name must be a cluster's name of letters, digits, _ or - and no ARN,",
      "got ${try(var.cluster.existing.cluster_name, "null")}.",
    ])
  }
}

variable "dns" {
  description = "Hosted zone for the names of the services' hosts, with a certificate for them unless alb.certificate_arn is given; an apply waits `certificate_minutes` for it. Null creates neither."
  type = object({
    zone_id             = string
    zone_name           = string
    certificate_minutes = optional(number)
  })
  default  = null
  nullable = true

  validation {
    condition     = var.dns == null || var.alb.existing == null
    error_message = "dns must be null with alb.existing (the load balancer's owner names it), got ${try(var.dns.zone_name, "null")}."
  }
}

variable "import_ids" {
  description = "Ids of existing log groups, which are imported instead of created."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "listener_rules" {
  description = "The listeners' rules after the last apply, read from the state: each keeps its priority and its address. Empty before the first apply."
  type = list(object({
    block    = string
    key      = string
    listener = string
    claim    = string
    priority = number
  }))
  default  = []
  nullable = false
}

variable "model_bucket" {
  description = "Bucket of the models, an output of the stack foundation."
  type = object({
    arn  = string
    name = string
  })
  nullable = false
}

variable "monitoring" {
  description = "Who is notified of alarms: e-mail addresses, by a topic of the environment, or an existing topic; and whether there is a dashboard."
  type = object({
    emails    = optional(list(string), [])
    topic_arn = optional(string)
    dashboard = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition = var.monitoring.topic_arn == null || length(var.monitoring.emails) == 0
    error_message = join(" ", [
      "monitoring.emails must be empty with a topic_arn (subscribe them to that topic),",
      "got ${join(", ", var.monitoring.emails)}.",
    ])
  }

  validation {
    condition = var.monitoring.topic_arn == null ? true : can(regex(
      "^arn:aws[a-z-]*:sns:${var.region}:[0-9]{12}:[A-Za-z0-9_-]+$", var.monitoring.topic_arn
    ))
    error_message = join(" ", [
      "monitoring.topic_arn must be the ARN of an SNS topic in ${var.region} or null,",
      "got ${coalesce(var.monitoring.topic_arn, "null")}.",
    ])
  }
}

variable "network" {
  description = "The VPC, created from a range and zones or an existing one (`existing`), the tasks' egress, and whether its traffic is logged."
  type = object({
    cidr               = optional(string)
    availability_zones = optional(list(string), [])
    egress             = optional(string)
    existing = optional(object({
      vpc_id             = string
      public_subnet_ids  = optional(list(string), [])
      private_subnet_ids = optional(list(string), [])
      endpoints          = optional(list(string), [])
    }))
    flow_logs = optional(object({ retention_days = optional(number) }))
  })
  nullable = false

  validation {
    condition = length(distinct(var.network.availability_zones)) == length(var.network.availability_zones)
    error_message = join(" ", [
      "network.availability_zones must be distinct,",
      "got ${join(", ", var.network.availability_zones)}.",
    ])
  }

  validation {
    condition = var.network.existing == null ? (
      var.network.cidr != null && length(var.network.availability_zones) > 0
    ) : var.network.cidr == null && length(var.network.availability_zones) == 0
    error_message = join(" ", [
      "network must have either cidr and availability_zones (a VPC is made) or existing (one is used),",
      "got ${var.network.existing == null ? "neither" : "both"}.",
    ])
  }

  validation {
    condition     = var.alb.existing == null || var.network.existing != null
    error_message = "alb.existing must come with network.existing (tasks must be in its VPC), got a network of its own."
  }

  validation {
    condition = can(regex("^vpc-[0-9a-f]{8,17}$", try(var.network.existing.vpc_id, "vpc-00000000")))
    error_message = join(" ", [
      "network.existing.vpc_id must be a VPC's id such as vpc-0a1b2c3d4e5f60718,",
      "got ${try(var.network.existing.vpc_id, "null")}.",
    ])
  }

  validation {
    condition = alltrue([
      for id in try(concat(var.network.existing.public_subnet_ids, var.network.existing.private_subnet_ids), []) :
      can(regex("^subnet-[0-9a-f]{8,17}$", id))
    ])
    error_message = format(
      "network.existing must have subnets' ids such as subnet-0a1b2c3d4e5f60718, got %s.", join(", ", [
        for id in try(concat(var.network.existing.public_subnet_ids, var.network.existing.private_subnet_ids), []) : id
        if !can(regex("^subnet-[0-9a-f]{8,17}$", id))
      ])
    )
  }

  validation {
    condition = var.network.existing == null ? true : contains(
      ["public", "nat", "endpoints"], coalesce(var.network.egress, "null")
    )
    error_message = join(" ", [
      "network.egress must be public, nat or endpoints in an existing VPC (its gateways are its owner's),",
      "got ${coalesce(var.network.egress, "null")}.",
    ])
  }

  validation {
    condition = var.network.existing == null || var.alb.existing != null ? true : anytrue([
      length(var.network.existing.public_subnet_ids) >= 2,
      var.alb.internal && length(var.network.existing.private_subnet_ids) >= 2,
    ])
    error_message = join(" ", [
      "network.existing must have at least 2 public_subnet_ids (private ones do with alb.internal) for the load",
      "balancer, got ${try(length(var.network.existing.public_subnet_ids), 0)}.",
    ])
  }

  validation {
    condition = var.network.existing == null ? true : length(
      var.network.egress == "public" ? var.network.existing.public_subnet_ids : var.network.existing.private_subnet_ids
    ) > 0
    error_message = join(" ", [
      "network.existing must have ${var.network.egress == "public" ? "public" : "private"}_subnet_ids for tasks with",
      "network.egress ${coalesce(var.network.egress, "null")}, got [].",
    ])
  }
}
