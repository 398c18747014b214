# An account has one of each, for all environments, so no environment's destroy deletes them.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_audiences == null ? 0 : 1

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = var.github_audiences
  tags           = var.github_tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_iam_service_linked_role" "service" {
  for_each = var.service_linked_roles

  aws_service_name = each.key
  description      = each.value

  lifecycle {
    prevent_destroy = true
  }
}

# For all environments of the account in this region.
resource "aws_ecr_replication_configuration" "copies" {
  count = length(var.replication) > 0 ? 1 : 0

  replication_configuration {
    dynamic "rule" {
      for_each = var.replication

      content {
        dynamic "destination" {
          for_each = rule.value.destinations

          content {
            region      = destination.value.region
            registry_id = destination.value.account_id
          }
        }

        dynamic "repository_filter" {
          for_each = rule.value.prefixes

          content {
            filter      = repository_filter.value
            filter_type = "PREFIX_MATCH"
          }
        }
      }
    }
  }
}
