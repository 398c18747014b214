"""What ECS runs right now, asked without Terraform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wrapper import model
from wrapper.aws.client import Aws, code_of, explained
from wrapper.environment.release import ModelVersion, ServiceRelease

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, ServiceTypeDef

# DescribeServices takes at most this many names at once.
_BATCH = 10


@dataclass(frozen=True, kw_only=True)
class LiveService:
    """`state` is that of the newest deployment: IN_PROGRESS, COMPLETED or FAILED; counts are of tasks."""

    name: str
    task_definition_arn: str
    target_group_arn: str | None
    desired: int
    running: int
    pending: int
    state: str


def slot_names(name: str) -> tuple[str, str]:
    """Return what ECS calls the service in its first slot and in its second, of which either may be there."""
    return name, f"{name}-green"


def live_services(aws: Aws, *, cluster: str, names: Sequence[str]) -> dict[str, LiveService]:
    """Ask for services by name; those that are not there are left out, all of them without the cluster."""
    found: dict[str, LiveService] = {}
    for start in range(0, len(names), _BATCH):
        for each in _described(aws, cluster, names[start : start + _BATCH]):
            found[each.get("serviceName", "")] = _live(each)
    return found


def busiest(aws: Aws, *, cluster: str, names: Sequence[str]) -> dict[str, LiveService]:
    """Return services by name; of a service with two slots, the one with more tasks."""
    found = live_services(aws, cluster=cluster, names=[each for name in names for each in slot_names(name)])
    there = {name: [found[each] for each in slot_names(name) if each in found] for name in names}
    return {name: max(each, key=lambda slot: slot.desired) for name, each in there.items() if each}


def gone_services(aws: Aws, *, cluster: str, names: Sequence[str]) -> list[str]:
    """Return those of the services that somebody has deleted; one that is still draining is not gone yet."""
    gone: list[str] = []
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        with explained():
            try:
                answer = aws.ecs.describe_services(cluster=cluster, services=batch)
            except aws.ecs.exceptions.ClusterNotFoundException:
                return list(names)
        there = {each.get("serviceName") for each in answer["services"] if each.get("status") != "INACTIVE"}
        gone += [name for name in batch if name not in there]
    return gone


def subnets_of(aws: Aws, *, cluster: str, names: Sequence[str]) -> set[str]:
    """Return the ids of the subnets that the services' tasks start in; none without a service."""
    return {
        subnet
        for start in range(0, len(names), _BATCH)
        for each in _described(aws, cluster, names[start : start + _BATCH])
        for subnet in each.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
    }


def release_of(aws: Aws, task_definition_arn: str, *, desired_count: int = 0) -> ServiceRelease:
    """Read image and model from a task definition, which does not say to whom the repository belongs."""
    container, variables = max(
        ((each, _variables(each)) for each in _containers(aws, task_definition_arn)),
        # The stack gives its digest to the service's own container, and to no sidecar.
        key=lambda pair: "IMAGE_DIGEST" in pair[1],
    )
    return ServiceRelease(
        image=container.get("image", ""),
        repository_arn=None,
        model=_model(aws, variables),
        desired_count=desired_count,
    )


def images_of(aws: Aws, task_definition_arn: str) -> dict[str, str]:
    """Return the image of each of a task definition's containers, sidecars too, by the container's name."""
    return {each.get("name", ""): each.get("image", "") for each in _containers(aws, task_definition_arn)}


def _containers(aws: Aws, task_definition_arn: str) -> "Sequence[ContainerDefinitionOutputTypeDef]":
    with explained():
        definition = aws.ecs.describe_task_definition(taskDefinition=task_definition_arn)
    return definition["taskDefinition"]["containerDefinitions"]


def _variables(container: "ContainerDefinitionOutputTypeDef") -> Mapping[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in container.get("environment", [])}


def _described(aws: Aws, cluster: str, names: Sequence[str]) -> "Iterator[ServiceTypeDef]":
    from botocore.exceptions import ClientError

    with explained():
        try:
            answer = aws.ecs.describe_services(cluster=cluster, services=names)
        except ClientError as error:
            if code_of(error) == "ClusterNotFoundException":
                return
            raise
    yield from (each for each in answer["services"] if each.get("status") == "ACTIVE")


def _live(item: "ServiceTypeDef") -> LiveService:
    balancers = item.get("loadBalancers", [])
    primary: Mapping[str, Any] = next(
        (each for each in item.get("deployments", []) if each.get("status") == "PRIMARY"), {}
    )
    return LiveService(
        name=item.get("serviceName", ""),
        task_definition_arn=item.get("taskDefinition", ""),
        target_group_arn=balancers[0].get("targetGroupArn") if balancers else None,
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        state=primary.get("rolloutState", ""),
    )


def _model(aws: Aws, variables: Mapping[str, str]) -> ModelVersion | None:
    """Read the model back from what the app stack sets: MODEL_URI ends in /<name>/<version>.

    That of a follower is s3://<bucket>/models/<name>, where the pointer lies.
    """
    if variables.get("MODEL_MODE") == "follow":
        bucket, _, folder = variables["MODEL_URI"].removeprefix("s3://").partition("/")
        return model.pointed(aws, bucket=bucket, name=folder.rpartition("/")[2])
    parts = variables.get("MODEL_URI", "").rstrip("/").split("/")
    if len(parts) < 2:
        return None
    return ModelVersion(name=parts[-2], version=parts[-1], sha256=variables.get("MODEL_SHA256", ""))
