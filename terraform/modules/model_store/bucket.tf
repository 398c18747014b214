resource "aws_s3_bucket" "models" {
  # checkov:skip=CKV_AWS_18:a log of each read would cost more than the models; CloudTrail's data events tell it where it matters
  # checkov:skip=CKV_AWS_144:a model is trained or published again; what runs has it in memory
  # checkov:skip=CKV_AWS_145:S3 encrypts by its own key; another would keep nobody out who may read models

  bucket        = var.name
  force_destroy = var.disposable
}

resource "aws_s3_bucket_versioning" "models" {
  bucket = aws_s3_bucket.models.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "models" {
  bucket = aws_s3_bucket.models.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "models" {
  count = var.retention == null ? 0 : 1

  bucket = aws_s3_bucket.models.id

  rule {
    id     = "expire-what-is-not-current"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.retention.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = var.retention.incomplete_upload_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.models]
}
