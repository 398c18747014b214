"""Who else gets logs, messages and keys: filters of log groups, subscriptions of topics, grants on keys."""

from wrapper.terraform.additions.kind import Kind

# SNS's text in place of an ARN until the address has confirmed: nothing is sent there, and it cannot be
# ended.
_PENDING = "PendingConfirmation"


KINDS = (
    Kind(
        of="aws_cloudwatch_log_group",
        by="name",
        attribute="subscription_filter",
        client="logs",
        read="describe_subscription_filters",
        listed="subscriptionFilters",
        asked=lambda group: {"logGroupName": group},
        name=lambda each: each["filterName"],
        declared_by=("aws_cloudwatch_log_subscription_filter", "name", "log_group_name"),
        content=lambda each: {"name": each["filterName"], "to": each.get("destinationArn")},
        sentence=lambda each: f"the subscription filter {each['filterName']} to {each.get('destinationArn')}",
        opens=True,
        drop="delete_subscription_filter",
        undo=lambda asked, each: {**asked, "filterName": each["filterName"]},
    ),
    Kind(
        of="aws_cloudwatch_log_group",
        by="name",
        attribute="metric_filter",
        client="logs",
        read="describe_metric_filters",
        listed="metricFilters",
        asked=lambda group: {"logGroupName": group},
        name=lambda each: each["filterName"],
        declared_by=("aws_cloudwatch_log_metric_filter", "name", "log_group_name"),
        content=lambda each: {"name": each["filterName"], "pattern": each.get("filterPattern")},
        sentence=lambda each: f"the metric filter {each['filterName']}",
        opens=False,
        drop="delete_metric_filter",
        undo=lambda asked, each: {**asked, "filterName": each["filterName"]},
    ),
    Kind(
        of="aws_sns_topic",
        by="id",
        attribute="subscription",
        client="sns",
        read="list_subscriptions_by_topic",
        listed="Subscriptions",
        asked=lambda topic: {"TopicArn": topic},
        name=lambda each: each.get("Endpoint"),
        declared_by=("aws_sns_topic_subscription", "endpoint", "topic_arn"),
        left=lambda aws, states, asked, items: [
            each for each in items if each.get("SubscriptionArn", _PENDING) != _PENDING
        ],
        content=lambda each: {"protocol": each.get("Protocol"), "endpoint": each.get("Endpoint")},
        sentence=lambda each: f"the subscription of {each.get('Endpoint')}",
        opens=True,
        drop="unsubscribe",
        undo=lambda _, each: {"SubscriptionArn": each["SubscriptionArn"]},
    ),
    Kind(
        of="aws_kms_key",
        by="id",
        attribute="grant",
        client="kms",
        read="list_grants",
        listed="Grants",
        asked=lambda key: {"KeyId": key},
        name=lambda each: each["GrantId"],
        declared_by=("aws_kms_grant", "grant_id", None),
        content=lambda each: {
            "to": each.get("GranteePrincipal", ""),
            "operations": sorted(each.get("Operations", [])),
        },
        sentence=lambda each: f"the grant to {each.get('GranteePrincipal', '')}",
        opens=True,
        drop="revoke_grant",
        undo=lambda asked, each: {**asked, "GrantId": each["GrantId"]},
    ),
)
