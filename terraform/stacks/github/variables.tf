variable "github" {
  description = "The repository whose workflows may plan and apply, as owner/name and, for GitHub's newer subjects, the ids of owner and repository; its branch and its GitHub environment (null is this environment's name)."
  type = object({
    repository    = string
    owner_id      = optional(number)
    repository_id = optional(number)
    branch        = optional(string, "main")
    environment   = optional(string)
  })
  nullable = false
}
