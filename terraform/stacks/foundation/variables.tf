variable "access_logs" {
  description = "How long the load balancer's access logs are kept, in a bucket for them; null makes none."
  type        = object({ retention_days = optional(number) })
  default     = null
  nullable    = true
}

variable "coming" {
  description = "Services and jobs whose repositories are made for a push, before anybody has agreed to what expires in them."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "going" {
  description = "What stays until the app uses it no more: repositories of services and jobs that are no longer built, and the model bucket (`models`)."
  type = object({
    models       = optional(bool, false)
    repositories = optional(set(string), [])
  })
  default  = {}
  nullable = false
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
  description = "Jobs whose images are built here, by name; each gets a repository, unless it uses one that exists."
  type        = map(object({ existing = optional(object({ repository_name = string })) }))
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

variable "models" {
  description = "Where models are kept: in a bucket that is made, or in one that is used as it is (`existing`)."
  type        = object({ existing = optional(object({ bucket = string })) })
  default     = {}
  nullable    = false

  validation {
    condition = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", try(var.models.existing.bucket, "none")))
    error_message = join(" ", [
      "models.existing.bucket must be a bucket's name of 3 to 63 lower-case letters, digits, inner dots and hyphens,",
      "got ${try(var.models.existing.bucket, "null")}.",
    ])
  }
}

variable "services" {
  description = "Services whose images are built here, by name; each gets a repository, unless it uses one that exists."
  type        = map(object({ existing = optional(object({ repository_name = string })) }))
  nullable    = false

  validation {
    condition = alltrue([
      for each in merge(var.services, var.jobs) :
      can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", each.existing.repository_name)) if each.existing != null
    ])
    error_message = format(
      "services.*.image.existing.repository_name and jobs' must be ECR repositories' names such as %s, got %s.",
      "company/recommender", join(", ", [
        for each in merge(var.services, var.jobs) : each.existing.repository_name
        if each.existing != null && !can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", each.existing.repository_name))
      ])
    )
  }
}
