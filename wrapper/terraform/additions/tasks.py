"""What somebody runs in our cluster: services, and tasks that belong to no service."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.terraform.additions.addition import States
from wrapper.terraform.additions.kind import Asked, Item, Kind

# As many services and tasks as one question may name.
_SERVICES, _TASKS = 10, 100


def addresses(aws: Aws, clusters: Collection[Any]) -> set[str]:
    """Return the addresses of all tasks in these clusters, those too that have only just stopped."""
    found = set()
    for cluster in filter(None, clusters):
        for status in ("RUNNING", "STOPPED"):
            pages = aws.ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status)
            for task in _described(aws, cluster, [arn for page in pages for arn in page["taskArns"]]):
                details = [each for part in task.get("attachments", []) for each in part.get("details", [])]
                found |= {each["value"] for each in details if each.get("name") == "privateIPv4Address"}
    return found


def _described(aws: Aws, cluster: str, arns: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(arns), _TASKS):
        batch = arns[start : start + _TASKS]
        yield from aws.ecs.describe_tasks(cluster=cluster, tasks=batch, include=["TAGS"])["tasks"]


def _of_nobody(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    """Leave out the services of another environment, which uses the cluster, and what is being deleted."""
    for start in range(0, len(items), _SERVICES):
        batch = items[start : start + _SERVICES]
        for each in aws.ecs.describe_services(**asked, services=batch, include=["TAGS"])["services"]:
            if each["status"] == "ACTIVE" and not states.is_of_neighbour(_tags(each)):
                yield each


def _of_no_job(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    """Leave out those of services, of our jobs, which carry our tags, and of another environment's."""
    families = states.declared("aws_ecs_task_definition", "family")
    for each in _described(aws, asked["cluster"], items):
        is_of_service = each.get("group", "").startswith("service:")
        is_of_project = _tags(each).items() >= {"project": states.tags["project"]}.items()
        if not (is_of_service or is_of_project or _family(each) in families):
            yield each


def _family(task: Item) -> str:
    revision: str = task["taskDefinitionArn"].rpartition("/")[2]
    return revision.partition(":")[0]


def _tags(thing: Item) -> dict[str, str]:
    return {tag.get("key", ""): tag.get("value", "") for tag in thing.get("tags", [])}


KINDS = (
    Kind(
        of="aws_ecs_cluster",
        by="id",
        attribute="service",
        client="ecs",
        read="list_services",
        listed="serviceArns",
        asked=lambda cluster: {"cluster": cluster},
        name=lambda each: each,
        declared_by=("aws_ecs_service", "id", None),
        left=_of_nobody,
        content=lambda each: {"name": each["serviceName"], "runs": each["taskDefinition"]},
        sentence=lambda each: f"the service {each['serviceName']}",
        opens=True,
        drop="delete_service",
        undo=lambda asked, each: {**asked, "service": each["serviceName"], "force": True},
    ),
    Kind(
        of="aws_ecs_cluster",
        by="id",
        attribute="task",
        client="ecs",
        read="list_tasks",
        listed="taskArns",
        asked=lambda cluster: {"cluster": cluster},
        name=lambda each: each,
        declared_by=("aws_ecs_task", "arn", None),  # of which Terraform has none
        left=_of_no_job,
        content=lambda each: {"arn": each["taskArn"], "runs": each["taskDefinitionArn"]},
        sentence=lambda each: f"a task of {_family(each)}",
        opens=True,
        drop="stop_task",
        undo=lambda asked, each: {**asked, "task": each["taskArn"]},
    ),
)
