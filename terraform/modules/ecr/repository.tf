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

# Every release is pushed with a tag of its own, so what has none was never released: a tag was deleted, or a push
# broke off. (The parts of a multi-platform image have none either, but ECR keeps what an index refers to.)
resource "aws_ecr_lifecycle_policy" "untagged" {
  repository = aws_ecr_repository.images.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Expire images without a tag after ${var.retention.untagged_days} days"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.retention.untagged_days
      }
      action = { type = "expire" }
    }]
  })
}
