resource "aws_ecr_repository" "images" {
  # checkov:skip=CKV_AWS_136:AWS's own encryption is on; a key for images would keep nobody out who may pull them

  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.disposable

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}
