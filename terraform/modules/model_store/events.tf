# EventBridge takes events free of charge; rules choose among them.
resource "aws_s3_bucket_notification" "events" {
  count = var.events ? 1 : 0

  bucket      = aws_s3_bucket.models.id
  eventbridge = true
}
