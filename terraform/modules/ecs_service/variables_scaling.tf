variable "scaling" {
  description = "Bounds of the number of tasks, and the targets of autoscaling: CPU and memory in percent, requests a minute per task. A target of null is not tracked. `schedule` sets other bounds at given times; outside of `hours` no task runs."
  type = object({
    min                 = optional(number, 2)
    max                 = optional(number, 4)
    cpu_percent         = optional(number)
    memory_percent      = optional(number)
    requests_per_target = optional(number)
    schedule = optional(map(object({
      cron     = string
      timezone = optional(string, "UTC")
      min      = number
      max      = number
    })), {})
    hours = optional(object({
      timezone = optional(string, "UTC")
      days     = optional(list(string), ["mon", "tue", "wed", "thu", "fri"])
      start    = string
      stop     = string
    }))
  })
  default  = {}
  nullable = false

  # bounds

  validation {
    condition     = var.scaling.min >= 0 && floor(var.scaling.min) == var.scaling.min
    error_message = "services.${var.name}.scaling.min must be a whole number of at least 0, got ${var.scaling.min}."
  }

  validation {
    condition = var.scaling.max >= max(1, var.scaling.min) && floor(var.scaling.max) == var.scaling.max
    error_message = join(" ", [
      "services.${var.name}.scaling.max must be a whole number of at least 1 and scaling.min ${var.scaling.min},",
      "got ${var.scaling.max}.",
    ])
  }

  # by load

  validation {
    condition = var.scaling.cpu_percent == null ? true : (
      var.scaling.cpu_percent >= 1 && var.scaling.cpu_percent <= 100
    )
    error_message = join(" ", [
      "services.${var.name}.scaling.cpu_percent must be from 1 to 100 or null,",
      "got ${coalesce(var.scaling.cpu_percent, "null")}.",
    ])
  }

  validation {
    condition = var.scaling.memory_percent == null ? true : (
      var.scaling.memory_percent >= 1 && var.scaling.memory_percent <= 100
    )
    error_message = join(" ", [
      "services.${var.name}.scaling.memory_percent must be from 1 to 100 or null,",
      "got ${coalesce(var.scaling.memory_percent, "null")}.",
    ])
  }

  validation {
    condition = var.scaling.requests_per_target == null ? true : var.scaling.requests_per_target > 0
    error_message = join(" ", [
      "services.${var.name}.scaling.requests_per_target must be more than 0 a minute or null,",
      "got ${coalesce(var.scaling.requests_per_target, "null")}.",
    ])
  }

  # by time

  validation {
    condition = alltrue([
      for each in var.scaling.schedule :
      each.min >= 0 && each.max >= each.min && floor(each.min) == each.min && floor(each.max) == each.max
    ])
    error_message = join("\n", [for name, each in var.scaling.schedule : format(
      "services.%s.scaling.schedule.%s must have whole numbers as min and max, min at most max, got %s and %s.",
      var.name, name, each.min, each.max
    ) if !(each.min >= 0 && each.max >= each.min && floor(each.min) == each.min && floor(each.max) == each.max)])
  }

  validation {
    condition = alltrue([
      for each in var.scaling.schedule :
      can(regex("^\\S+ \\S+ (\\? \\S+ [^?\\s]+|[^?\\s]+ \\S+ \\?) \\S+$", each.cron))
    ])
    error_message = join("\n", [for name, each in var.scaling.schedule : format(
      join(" ", [
        "services.%s.scaling.schedule.%s.cron must be the six fields of AWS's cron, such as 0 8 ? * MON-FRI *, one of",
        "the days being ?, got %s.",
      ]),
      var.name, name, each.cron
    ) if !can(regex("^\\S+ \\S+ (\\? \\S+ [^?\\s]+|[^?\\s]+ \\S+ \\?) \\S+$", each.cron))])
  }

  validation {
    condition = var.scaling.hours == null || length(var.scaling.schedule) == 0
    error_message = join(" ", [
      "services.${var.name}.scaling.hours must be null beside a schedule (they would undo each other),",
      "got both.",
    ])
  }

  validation {
    condition = var.scaling.hours == null ? true : (
      alltrue([
        for time in [var.scaling.hours.start, var.scaling.hours.stop] :
        can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", time))
      ]) &&
      length(setsubtract(var.scaling.hours.days, ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])) == 0 &&
      length(var.scaling.hours.days) > 0
    )
    error_message = format(
      join(" ", [
        "services.%s.scaling.hours must have times such as 08:00 and days out of mon, tue, wed, thu, fri, sat, sun,",
        "got %s.",
      ]),
      var.name, try(
        "${var.scaling.hours.start} to ${var.scaling.hours.stop} on ${join(", ", var.scaling.hours.days)}", "null"
      )
    )
  }
}
