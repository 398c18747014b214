# What a merge adds before anybody has agreed to anything: images, models, and a repository for a new service. It takes
# nothing away, and the policy of no bucket is its to write.
locals {
  _publishes = {
    images = {
      resources = local._image_arns
      actions = [
        "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:CreateRepository", "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability",
        "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UploadLayerPart",
      ]
    }
    locks = {
      resources = ["${local._buckets.state}/*.tflock"]
      actions   = ["s3:DeleteObject", "s3:PutObject"]
    }
    objects = {
      resources = ["${local._buckets.models}/*", "${local._buckets.state}/foundation.tfstate"]
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    }
  }
}
