output "bucket" {
  description = "`arn` and `name` of the bucket, once log delivery may write to it and nobody else sees it."
  value = {
    arn  = aws_s3_bucket.logs.arn
    name = aws_s3_bucket.logs.bucket
  }

  # Not for the lifecycle: nothing has to wait for an expiry, and the provider watches it settle for 55 s.
  depends_on = [
    aws_s3_bucket_ownership_controls.logs,
    aws_s3_bucket_policy.delivery,
    aws_s3_bucket_public_access_block.logs,
    aws_s3_bucket_server_side_encryption_configuration.logs,
  ]
}
