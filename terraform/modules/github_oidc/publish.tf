# What a merge adds before anybody has approved it: images, models, and a repository for a new service. It deletes
# nothing, and writes no policy of a bucket or repository and no lifecycle policy, because that could delete images.
locals {
  _publishes = {
    images = {
      resources = local._image_arns
      actions = [
        "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:CreateRepository", "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:TagResource", "ecr:UploadLayerPart",
      ]
    }
    locks = {
      resources = [for key in ["environment", "foundation.tfstate"] : "${local._buckets.state}/${key}.tflock"]
      actions   = ["s3:DeleteObject", "s3:PutObject"]
    }
    objects = {
      resources = ["${local._buckets.models}/*", "${local._buckets.state}/attestations/*", "${local._buckets.state}/foundation.tfstate"]
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    }
  }
}

# Models, the pointer that followers read, and attestations are only created, never overwritten. Parts of a multipart
# upload have no condition: S3 checks it when the upload is completed.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
data "aws_iam_policy_document" "write_once" {
  statement {
    sid     = "WriteOnce"
    effect  = "Deny"
    actions = ["s3:PutObject"]
    resources = concat(["${local._buckets.state}/attestations/*"], [
      for bucket in concat([local._buckets.models], local._existing_bucket) : "${bucket}/models/*"
    ])

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["true"]
    }

    condition {
      test     = "Bool"
      variable = "s3:ObjectCreationOperation"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy" "write_once" {
  name   = "write-once"
  role   = aws_iam_role.github["publish"].name
  policy = data.aws_iam_policy_document.write_once.json
}
