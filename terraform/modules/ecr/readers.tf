# Roles of another account may pull if that account also allows it.
data "aws_iam_policy_document" "readers" {
  statement {
    sid     = "OtherAccountsPull"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = [for account in var.readers : "arn:aws:iam::${account}:root"]
    }
  }
}

resource "aws_ecr_repository_policy" "readers" {
  count = length(var.readers) > 0 ? 1 : 0

  repository = aws_ecr_repository.images.name
  policy     = data.aws_iam_policy_document.readers.json
}
