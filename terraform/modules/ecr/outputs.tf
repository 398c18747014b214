output "repository" {
  description = "`arn`, `name` and `url` of the repository."
  value = {
    arn  = aws_ecr_repository.images.arn
    name = aws_ecr_repository.images.name
    url  = aws_ecr_repository.images.repository_url
  }
}
