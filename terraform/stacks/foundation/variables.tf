variable "access_logs" {
  description = "Days that the load balancer's access logs are kept, in a bucket of their own; null creates none."
  type        = object({ retention_days = optional(number) })
  default     = null
  nullable    = true
}

variable "deferred_removals" {
  description = "What stays until the app no longer uses it: repositories of services and jobs that are no longer built, and the model bucket (`models`)."
  type = object({
    models       = optional(bool, false)
    repositories = optional(set(string), [])
  })
  default  = {}
  nullable = false
}

variable "images" {
  description = "Settings of the built images: when images that no release runs expire, which accounts may pull, and the pull-through caches."
  type = object({
    unreleased_days = optional(number)
    readers         = optional(list(string), [])
    caches          = optional(map(object({ upstream = string, credential_arn = optional(string) })), {})
  })
  default  = {}
  nullable = false
}

variable "import_ids" {
  description = "Ids of existing buckets and repositories, which are imported instead of created."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "jobs" {
  description = "Jobs whose images are built here, by name; each gets a repository, unless it uses an existing one."
  type        = map(object({ existing = optional(object({ repository_name = string })) }))
  default     = {}
  nullable    = false
}

variable "model_events" {
  description = "Send the model bucket's events to EventBridge, for jobs that an object in it triggers."
  type        = bool
  default     = false
  nullable    = false
}

variable "models" {
  description = "Where models are kept: in a new bucket, or in an existing one (`existing`)."
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

variable "pending_repositories" {
  description = "Services and jobs whose repositories are created for a push, without a lifecycle policy until an apply is approved."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "services" {
  description = "Services whose images are built here, by name; each gets a repository, unless it uses an existing one."
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
