"""Who else gets logs, messages and keys: filters of log groups, subscriptions of topics, grants on keys."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.terraform.additions.addition import Addition, Call, States, Thing

# SNS's text in place of an ARN until the address has confirmed: nothing is sent there, and it cannot be
# ended.
_PENDING = "PendingConfirmation"


def of_log_groups(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for group in states.of_type("aws_cloudwatch_log_group", stack=stack):
        try:
            yield from _subscribed(aws, states, group)
            yield from _counted(aws, states, group)
        except aws.logs.exceptions.ResourceNotFoundException:
            continue  # Terraform reports that it is gone


def _subscribed(aws: Aws, states: States, group: Thing) -> Iterator[Addition]:
    name = group.values["name"]
    ours = states.declared("aws_cloudwatch_log_subscription_filter", "name", log_group_name=name)
    for page in aws.logs.get_paginator("describe_subscription_filters").paginate(logGroupName=name):
        for each in page["subscriptionFilters"]:
            if (filtered := each.get("filterName", "")) not in ours:
                yield group.with_(
                    attribute="subscription_filter",
                    content={"name": filtered, "to": each.get("destinationArn")},
                    sentence=f"the subscription filter {filtered} to {each.get('destinationArn')}",
                    opens=True,
                    undo=_drop(name, filtered, "subscription"),
                )


def _counted(aws: Aws, states: States, group: Thing) -> Iterator[Addition]:
    name = group.values["name"]
    ours = states.declared("aws_cloudwatch_log_metric_filter", "name", log_group_name=name)
    for page in aws.logs.get_paginator("describe_metric_filters").paginate(logGroupName=name):
        for each in page["metricFilters"]:
            if (filtered := each.get("filterName", "")) not in ours:
                yield group.with_(
                    attribute="metric_filter",
                    content={"name": filtered, "pattern": each.get("filterPattern")},
                    sentence=f"the metric filter {filtered}",
                    opens=False,
                    undo=_drop(name, filtered, "metric"),
                )


def _drop(group: str, name: str, kind: str) -> Call:
    return Call("logs", f"delete_{kind}_filter", {"logGroupName": group, "filterName": name})


def of_topics(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for topic in states.of_type("aws_sns_topic", stack=stack):
        arn = topic.values["id"]
        ours = states.declared("aws_sns_topic_subscription", "endpoint", topic_arn=arn)
        try:
            pages = aws.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
            found = [each for page in pages for each in page["Subscriptions"]]
        except aws.sns.exceptions.NotFoundException:
            continue
        for each in found:
            endpoint, subscription = each.get("Endpoint"), each.get("SubscriptionArn", _PENDING)
            if endpoint not in ours and subscription != _PENDING:
                yield topic.with_(
                    attribute="subscription",
                    content={"protocol": each.get("Protocol"), "endpoint": endpoint},
                    sentence=f"the subscription of {endpoint}",
                    opens=True,
                    undo=Call("sns", "unsubscribe", {"SubscriptionArn": subscription}),
                )


def of_keys(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for key in states.of_type("aws_kms_key", stack=stack):
        name = key.values["id"]
        ours = states.declared("aws_kms_grant", "grant_id")
        try:
            pages = aws.kms.get_paginator("list_grants").paginate(KeyId=name)
            found = [each for page in pages for each in page["Grants"] if each["GrantId"] not in ours]
        except aws.kms.exceptions.NotFoundException:
            continue
        for each in found:
            whom = each.get("GranteePrincipal", "")
            yield key.with_(
                attribute="grant",
                content={"to": whom, "operations": sorted(each.get("Operations", []))},
                sentence=f"the grant to {whom}",
                opens=True,
                undo=Call("kms", "revoke_grant", {"KeyId": name, "GrantId": each["GrantId"]}),
            )
