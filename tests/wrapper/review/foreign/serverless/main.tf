# Functions, queues and tables: policies as documents, data sources that wait for the apply, JSON inside JSON.
locals {
  functions = {
    "read"        = { memory = 128, schedule = "rate(5 minutes)" }
    "write/files" = { memory = 512, schedule = "cron(0 3 * * ? *)" }
  }
}

resource "aws_dynamodb_table" "items" {
  name         = "items"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "work" {
  name           = "work"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
}

data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    actions   = ["dynamodb:*"]
    resources = [aws_dynamodb_table.items.arn]
  }

  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name_prefix = "function-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

resource "aws_iam_role_policy" "everything" {
  role   = aws_iam_role.function["read"].id
  policy = jsonencode({ Statement = { Effect = "Allow", Action = "*", Resource = "*" } })
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name = replace(each.key, "/", "-")
  role          = aws_iam_role.function[each.key].arn
  runtime       = "python3.13"
  handler       = "main.handler"
  s3_bucket     = "code"
  s3_key        = "${each.key}.zip"
  memory_size   = each.value.memory

  environment {
    variables = { QUEUE = aws_sqs_queue.work.url }
  }
}

resource "aws_cloudwatch_event_rule" "tick" {
  for_each = local.functions

  name                = replace(each.key, "/", "-")
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "tick" {
  for_each = local.functions

  rule = aws_cloudwatch_event_rule.tick[each.key].name
  arn  = aws_lambda_function.this[each.key].arn
}

resource "aws_apigatewayv2_api" "http" {
  name          = "http"
  protocol_type = "HTTP"
}

resource "aws_s3_bucket" "uploads" {
  bucket_prefix = "uploads-"
  force_destroy = true
}
