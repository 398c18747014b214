variable "jobs" {
  description = "Jobs whose images are built here, by name; each gets a repository."
  type        = map(object({}))
  default     = {}
  nullable    = false
}

variable "model_events" {
  description = "Send the model bucket's events to EventBridge, for the jobs that wait for an object in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "services" {
  description = "Services whose images are built here, by name; each gets a repository."
  type        = map(object({}))
  nullable    = false
}
