# The type is any, for the reason in services.tf.
variable "jobs" {
  description = "Jobs by name. `image` is by digest; all other keys are the module's inputs; null or a missing key is the default."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition = length(setintersection(keys(var.jobs), keys(var.services))) == 0
    error_message = format(
      "jobs must not be called like a service (they share repositories, roles and logs by name), got %s.",
      join(", ", setintersection(keys(var.jobs), keys(var.services)))
    )
  }

  validation {
    condition = length(setsubtract(flatten([for job in var.jobs : keys(job)]), local.job_keys)) == 0
    error_message = format(
      "jobs.* must have no other keys than %s, got %s.", join(", ", local.job_keys),
      join(", ", setsubtract(flatten([for job in var.jobs : keys(job)]), local.job_keys))
    )
  }
}

locals {
  _no_job = {
    alarms         = null
    architecture   = null
    command        = null
    egress         = null
    environment    = {}
    image          = null
    logs           = null
    permissions    = null
    repository_arn = null
    secrets        = {}
    size           = null
    tmp_mib        = null
    triggers       = null
  }
  job_keys = keys(local._no_job)
  jobs = {
    for name, job in var.jobs : name => merge(local._no_job, { for key, value in job : key => value if value != null })
  }
}
