resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_18:these are the logs; logs of who reads them would have no end
  # checkov:skip=CKV_AWS_21:a log is written once and never replaced
  # checkov:skip=CKV_AWS_144:a log is no reason to pay for a second region
  # checkov:skip=CKV_AWS_145:a load balancer writes its logs with S3's own key only
  # checkov:skip=CKV2_AWS_62:nothing waits for a log

  bucket        = var.name
  force_destroy = var.disposable
}

# The only encryption that log delivery can write with.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
