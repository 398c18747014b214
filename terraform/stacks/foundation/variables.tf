variable "access_logs" {
  description = "How long the load balancer's access logs are kept, in a bucket for them; null makes none."
  type        = object({ retention_days = optional(number) })
  default     = null
  nullable    = true
}

variable "images" {
  description = "What becomes of built images: when one that no release runs expires, who else may pull, and whose images are cached here."
  type = object({
    unreleased_days = optional(number)
    readers         = optional(list(string), [])
    caches          = optional(map(object({ upstream = string, credential_arn = optional(string) })), {})
  })
  default  = {}
  nullable = false
}

variable "jobs" {
  description = "Jobs whose images are built here, by name; each gets a repository."
  type        = map(object({}))
  default     = {}
  nullable    = false
}

variable "kept" {
  description = "Ids of buckets and repositories that are there from before, and are taken over instead of made."
  type        = set(string)
  default     = []
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
