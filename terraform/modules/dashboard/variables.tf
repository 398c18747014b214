variable "alarm_arns" {
  description = "Alarms whose states are at the top."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cluster_name" {
  description = "Cluster of the services."
  type        = string
  nullable    = false
}

variable "load_balancer_arn_suffix" {
  description = "Name that CloudWatch uses for the load balancer."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the dashboard, such as shop-dev."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region, such as eu-west-1."
  type        = string
  nullable    = false
}

variable "services" {
  description = "Names that CloudWatch uses for the target groups, by service."
  type        = map(object({ target_group_arn_suffix = string }))
  nullable    = false
}
