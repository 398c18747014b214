"""What somebody added that starts or scales tasks: targets of rules, schedules, scaling policies."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.additions.addition import Addition, Call, States

_ECS = "ecs"


def of_rules(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    """Find targets that a rule of the environment has in addition to its own."""
    for rule in states.of_type("aws_cloudwatch_event_rule", stack=stack):
        name = rule.values["name"]
        ours = states.declared("aws_cloudwatch_event_target", "target_id", rule=name)
        try:
            found = aws.events.list_targets_by_rule(Rule=name)["Targets"]
        except aws.events.exceptions.ResourceNotFoundException:
            continue  # Terraform reports that it is gone
        for each in found:
            if each["Id"] not in ours:
                yield rule.with_(
                    attribute="target",
                    content={"id": each["Id"], "arn": each["Arn"]},
                    sentence=f"the target {each['Id']}, {each['Arn']}",
                    opens=True,
                    undo=Call("events", "remove_targets", {"Rule": name, "Ids": [each["Id"]]}),
                )


def of_clusters(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    """Find rules that start tasks in the cluster, and belong to no environment of the project."""
    ours = states.declared("aws_cloudwatch_event_rule", "name")
    for cluster in states.of_type("aws_ecs_cluster", stack=stack):
        arn = cluster.values["id"]
        pages = aws.events.get_paginator("list_rule_names_by_target").paginate(TargetArn=arn)
        for name in [each for page in pages for each in page["RuleNames"]]:
            if name in ours or _is_of_neighbour(aws, states, arn, name):
                continue
            targets = aws.events.list_targets_by_rule(Rule=name)["Targets"]
            here = [each["Id"] for each in targets if each["Arn"] == arn]
            yield cluster.with_(
                attribute="event_rule",
                content={"name": name, "targets": here},
                sentence=f"the event rule {name}, which starts tasks in it",
                opens=True,
                undo=Call("events", "remove_targets", {"Rule": name, "Ids": here}),
            )


def _is_of_neighbour(aws: Aws, states: States, cluster: str, rule: str) -> bool:
    place = cluster.replace(":ecs:", ":events:").partition(":cluster/")[0]
    found = aws.tagging.get_resources(ResourceARNList=[f"{place}:rule/{rule}"])["ResourceTagMappingList"]
    return any(states.is_of_neighbour(tags_of(each.get("Tags", []))) for each in found)


def of_schedule_groups(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for group in states.of_type("aws_scheduler_schedule_group", stack=stack):
        name = group.values["name"]
        ours = states.declared("aws_scheduler_schedule", "name", group_name=name)
        pages = aws.scheduler.get_paginator("list_schedules").paginate(GroupName=name)
        try:
            found = [each.get("Name", "") for page in pages for each in page["Schedules"]]
        except aws.scheduler.exceptions.ResourceNotFoundException:
            continue
        for each in set(found) - ours:
            yield group.with_(
                attribute="schedule",
                content=each,
                sentence=f"the schedule {each}",
                opens=True,
                undo=Call("scheduler", "delete_schedule", {"GroupName": name, "Name": each}),
            )


def of_scaling(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    """Find policies and scheduled actions that change a service's number of tasks."""
    for target in states.of_type("aws_appautoscaling_target", stack=stack):
        service = target.values["resource_id"]
        whose = {
            "ServiceNamespace": _ECS,
            "ResourceId": service,
            "ScalableDimension": target.values["scalable_dimension"],
        }
        ours = states.declared("aws_appautoscaling_policy", "name", resource_id=service)
        pages = aws.autoscaling.get_paginator("describe_scaling_policies").paginate(**whose)
        for name in {each["PolicyName"] for page in pages for each in page["ScalingPolicies"]} - ours:
            yield target.with_(
                attribute="policy",
                content=name,
                sentence=f"the scaling policy {name}",
                opens=False,
                undo=Call("autoscaling", "delete_scaling_policy", {**whose, "PolicyName": name}),
            )
        ours = states.declared("aws_appautoscaling_scheduled_action", "name", resource_id=service)
        timed = aws.autoscaling.get_paginator("describe_scheduled_actions").paginate(**whose)
        for name in {
            each["ScheduledActionName"] for page in timed for each in page["ScheduledActions"]
        } - ours:
            yield target.with_(
                attribute="scheduled_action",
                content=name,
                sentence=f"the scheduled action {name}",
                opens=False,
                undo=Call("autoscaling", "delete_scheduled_action", {**whose, "ScheduledActionName": name}),
            )
