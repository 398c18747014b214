"""Collectors of what starts jobs: rules, schedules and their groups; and of queues, for failed starts."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

_DEFAULT_GROUP = "default"


@collects(
    Kind(
        "events",
        "rule",
        arns=("events:rule",),
        types=("aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"),
    )
)
def rules(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.events.get_paginator("list_rules").paginate(NamePrefix=scope.prefix):
        for item in page["Rules"]:
            name, arn = item.get("Name", ""), item.get("Arn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="events", kind="rule", name=name, arn=arn)


@collects(
    Kind(
        "scheduler",
        "schedule group",
        arns=("scheduler:schedule-group",),
        types=("aws_scheduler_schedule_group",),
    )
)
def schedule_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.scheduler.get_paginator("list_schedule_groups").paginate(NamePrefix=scope.prefix):
        for item in page["ScheduleGroups"]:
            name, arn = item.get("Name", ""), item.get("Arn", "")
            is_there = item.get("State") != "DELETING"
            if name != _DEFAULT_GROUP and is_there and scope.owns(name, arn=arn):
                yield Resource(service="scheduler", kind="schedule group", name=name, arn=arn)


@collects(Kind("scheduler", "schedule", arns=("scheduler:schedule",), types=("aws_scheduler_schedule",)))
def schedules(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the schedules in the environment's groups: schedules can't have tags."""
    for group in schedule_groups(aws, scope):
        for page in aws.scheduler.get_paginator("list_schedules").paginate(GroupName=group.name):
            for item in page["Schedules"]:
                name, arn = item.get("Name", ""), item.get("Arn", "")
                yield Resource(service="scheduler", kind="schedule", name=name, arn=arn)


@collects(Kind("sqs", "queue", arns=("sqs:queue",), types=("aws_sqs_queue", "aws_sqs_queue_policy")))
def queues(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List queues; SQS returns their URLs, which contain account and name."""
    region = aws.region
    for page in aws.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=scope.prefix):
        for url in page.get("QueueUrls", []):
            account, name = url.split("/")[-2:]
            arn = f"arn:aws:sqs:{region}:{account}:{name}"
            if scope.owns(name, arn=arn):
                yield Resource(service="sqs", kind="queue", name=name, arn=arn)
