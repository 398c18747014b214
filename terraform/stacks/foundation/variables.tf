variable "services" {
  description = "Services whose images are built here, by name; each gets a repository."
  type        = map(object({}))
  nullable    = false
}
