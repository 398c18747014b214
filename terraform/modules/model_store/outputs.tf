output "bucket" {
  description = "`arn` and `name` of the bucket, once it is private, versioned and encrypted."
  value = {
    arn  = aws_s3_bucket.models.arn
    name = aws_s3_bucket.models.bucket
  }

  depends_on = [
    aws_s3_bucket_ownership_controls.models,
    aws_s3_bucket_policy.tls_only,
    aws_s3_bucket_public_access_block.models,
    aws_s3_bucket_server_side_encryption_configuration.models,
    aws_s3_bucket_versioning.models,
  ]
}
