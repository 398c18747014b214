# What EventBridge accepts.
locals {
  schedule_expression = join("|", [
    "^cron\\([^ ()]+( [^ ()]+){5}\\)$",
    "^rate\\([1-9][0-9]* (minute|hour|day)s?\\)$",
    "^at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\)$",
  ])
  bucket_name = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
  event_path  = "^\\$(\\.[A-Za-z0-9_-]+)+$"
}
