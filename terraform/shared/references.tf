locals {
  # By its content, and no tag that may come to mean another.
  image_by_digest = "@sha256:[0-9a-f]{64}$"

  # An ARN and no more of it: whatever else stands where one should may be the secret itself.
  secret_arn = join("", [
    "^arn:[a-z-]+:",
    "(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).",
  ])
}
