locals {
  # By digest, and not by a tag, which may name another image later.
  image_by_digest = "@sha256:[0-9a-f]{64}$"

  # Only an ARN is shown: any other value may be the secret itself.
  secret_arn = join("", [
    "^arn:[a-z-]+:",
    "(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/).",
  ])
}
