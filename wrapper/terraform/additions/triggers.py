"""What somebody added that starts or scales tasks: targets of rules, schedules, scaling policies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.additions.addition import States
from wrapper.terraform.additions.kind import Asked, Item, Kind


def _starting(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    """Complete rules that start tasks in our cluster by their targets, but those of other environments."""
    cluster = asked["TargetArn"]
    for name in items:
        if not _is_of_neighbour(aws, states, cluster, name):
            targets = aws.events.list_targets_by_rule(Rule=name)["Targets"]
            yield {"Rule": name, "Ids": [each["Id"] for each in targets if each["Arn"] == cluster]}


def _is_of_neighbour(aws: Aws, states: States, cluster: str, rule: str) -> bool:
    place = cluster.replace(":ecs:", ":events:").partition(":cluster/")[0]
    found = aws.tagging.get_resources(ResourceARNList=[f"{place}:rule/{rule}"])["ResourceTagMappingList"]
    return any(states.is_of_neighbour(tags_of(each.get("Tags", []))) for each in found)


def _scaled(service: str) -> Mapping[str, Any]:
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": service,
        "ScalableDimension": "ecs:service:DesiredCount",
    }


KINDS = (
    Kind(
        of="aws_cloudwatch_event_rule",
        by="name",
        attribute="target",
        client="events",
        read="list_targets_by_rule",
        listed="Targets",
        asked=lambda rule: {"Rule": rule},
        name=lambda each: each["Id"],
        declared_by=("aws_cloudwatch_event_target", "target_id", "rule"),
        content=lambda each: {"id": each["Id"], "arn": each["Arn"]},
        sentence=lambda each: f"the target {each['Id']}, {each['Arn']}",
        opens=True,
        drop="remove_targets",
        undo=lambda asked, each: {**asked, "Ids": [each["Id"]]},
    ),
    Kind(
        of="aws_ecs_cluster",
        by="id",
        attribute="event_rule",
        client="events",
        read="list_rule_names_by_target",
        listed="RuleNames",
        asked=lambda cluster: {"TargetArn": cluster},
        name=lambda each: each,
        declared_by=("aws_cloudwatch_event_rule", "name", None),
        left=_starting,
        content=lambda each: {"name": each["Rule"], "targets": each["Ids"]},
        sentence=lambda each: f"the event rule {each['Rule']}, which starts tasks in it",
        opens=True,
        drop="remove_targets",
        undo=lambda _, each: each,
    ),
    Kind(
        of="aws_scheduler_schedule_group",
        by="name",
        attribute="schedule",
        client="scheduler",
        read="list_schedules",
        listed="Schedules",
        asked=lambda group: {"GroupName": group},
        name=lambda each: each["Name"],
        declared_by=("aws_scheduler_schedule", "name", "group_name"),
        content=lambda each: each["Name"],
        sentence=lambda each: f"the schedule {each['Name']}",
        opens=True,
        drop="delete_schedule",
        undo=lambda asked, each: {**asked, "Name": each["Name"]},
    ),
    Kind(
        of="aws_appautoscaling_target",
        by="resource_id",
        attribute="policy",
        client="autoscaling",
        read="describe_scaling_policies",
        listed="ScalingPolicies",
        asked=_scaled,
        name=lambda each: each["PolicyName"],
        declared_by=("aws_appautoscaling_policy", "name", "resource_id"),
        content=lambda each: each["PolicyName"],
        sentence=lambda each: f"the scaling policy {each['PolicyName']}",
        opens=False,
        drop="delete_scaling_policy",
        undo=lambda asked, each: {**asked, "PolicyName": each["PolicyName"]},
    ),
    Kind(
        of="aws_appautoscaling_target",
        by="resource_id",
        attribute="scheduled_action",
        client="autoscaling",
        read="describe_scheduled_actions",
        listed="ScheduledActions",
        asked=_scaled,
        name=lambda each: each["ScheduledActionName"],
        declared_by=("aws_appautoscaling_scheduled_action", "name", "resource_id"),
        content=lambda each: each["ScheduledActionName"],
        sentence=lambda each: f"the scheduled action {each['ScheduledActionName']}",
        opens=False,
        drop="delete_scheduled_action",
        undo=lambda asked, each: {**asked, "ScheduledActionName": each["ScheduledActionName"]},
    ),
)
