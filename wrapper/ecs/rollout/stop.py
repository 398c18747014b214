"""Stop a failed deployment, so that ECS does not continue to start tasks that cannot come up.

ECS has one way to stop a deployment, which is a rollback to the revision before:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html Terraform's state
keeps the failed revision until its next refresh: the next plan shows what ECS really runs.
"""

from collections.abc import Iterator, Sequence

from wrapper.aws.client import Aws, code_of
from wrapper.ecs.rollout.snapshot import ServiceTarget, revision_of

_OPEN = frozenset({"PENDING", "IN_PROGRESS"})
_GOOD = frozenset({"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"})
# It has ended by itself meanwhile.
_OVER = frozenset({"ServiceDeploymentNotFoundException", "ConflictException"})


def stop(
    aws: Aws, *, cluster: str, target: ServiceTarget, earlier: str | None, has_ended: bool = False
) -> str:
    """Stop the deployment and say what ECS does now; a refusal is reported, never raised.

    `earlier` is the task definition that ran before, None if none was seen. ECS cannot stop a deployment that
    it calls complete, nor one whose good predecessor it no longer keeps (after 90 days): then the service is
    set to the earlier one. If no earlier deployment was good, the service is set to no task, also if ECS gave
    the deployment up meanwhile. ECS also calls a deployment without tasks good, and one that crashes after
    its first answers: so an earlier version that was not seen to run must be released. Returns "" for a
    deployment that `has_ended` by ECS's own decision, if that was right.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        by_status = list(_deployments(aws, cluster, target.service_name))
        under_way = [arn for status, arn in by_status if status in _OPEN]
        went_well = any(status in _GOOD for status, _ in by_status)
        went_well = went_well and bool(earlier or _was_released(aws, cluster, target))
        if has_ended and (went_well or earlier):
            return ""
        before = revision_of(earlier) if earlier else "the version before"
        if under_way and went_well:
            _go_back(aws, under_way)
            return f"the deployment was stopped: ECS goes back to {before}"
        if earlier:
            aws.ecs.update_service(cluster=cluster, service=target.service_name, taskDefinition=earlier)
            return f"ECS could not stop the deployment any more: it now goes back to {before}"
        if went_well:
            return "no deployment was running: ECS keeps what it has"
        aws.ecs.update_service(cluster=cluster, service=target.service_name, desiredCount=0)
    except ClientError as error:
        return f"ECS did not let the deployment be stopped ({code_of(error)}): it may continue to start tasks"
    except BotoCoreError as error:
        return f"the deployment could not be stopped ({error}): ECS may continue to start tasks"
    return "no earlier version was good: ECS runs 0 tasks until the next apply"


def _was_released(aws: Aws, cluster: str, target: ServiceTarget) -> bool:
    """Return whether a release is of this very service, and not of an earlier one with its name."""
    [service] = aws.ecs.describe_services(cluster=cluster, services=[target.service_name])["services"]
    return target.released_at is not None and target.released_at >= service["createdAt"]


def _deployments(aws: Aws, cluster: str, service: str) -> Iterator[tuple[str, str]]:
    """Yield the status and the ARN of each deployment that ECS keeps; botocore has no paginator for them."""
    asked: dict[str, str] = {}
    while True:
        found = aws.ecs.list_service_deployments(cluster=cluster, service=service, **asked)  # type: ignore[arg-type]
        for item in found["serviceDeployments"]:
            yield item.get("status", ""), item.get("serviceDeploymentArn", "")
        if not found.get("nextToken"):
            return
        asked = {"nextToken": found["nextToken"]}


def _go_back(aws: Aws, deployments: Sequence[str]) -> None:
    from botocore.exceptions import ClientError

    for arn in deployments:
        try:
            aws.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        except ClientError as error:
            if code_of(error) not in _OVER:
                raise
