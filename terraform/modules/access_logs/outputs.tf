output "bucket" {
  description = "`arn` and `name` of the bucket, once log delivery may write to it and public access is blocked."
  value = {
    arn  = aws_s3_bucket.logs.arn
    name = aws_s3_bucket.logs.bucket
  }

  # Not for the lifecycle: nothing waits for an expiry, and the provider waits 55 s until a rule has settled.
  depends_on = [
    aws_s3_bucket_ownership_controls.logs,
    aws_s3_bucket_policy.delivery,
    aws_s3_bucket_public_access_block.logs,
    aws_s3_bucket_server_side_encryption_configuration.logs,
  ]
}
