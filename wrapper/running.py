"""What runs before a plan: how many tasks autoscaling or a person has set."""

from collections.abc import Mapping

from wrapper.aws import Aws, code_of, explained
from wrapper.environment import Service

# DescribeServices takes at most this many names at once.
_BATCH = 10


def desired_counts(aws: Aws, *, cluster: str, services: Mapping[str, Service]) -> dict[str, int]:
    """Return the count to plan with: that of the running service, kept within its limits; else the minimum.

    Terraform owns `desired_count` but must not undo what autoscaling did since the last apply.
    """
    running = _running_counts(aws, cluster, list(services))
    return {
        name: min(max(running.get(name, service.scaling.min), service.scaling.min), service.scaling.max)
        for name, service in services.items()
    }


def _running_counts(aws: Aws, cluster: str, names: list[str]) -> dict[str, int]:
    from botocore.exceptions import ClientError

    found: dict[str, int] = {}
    for start in range(0, len(names), _BATCH):
        with explained():
            try:
                answer = aws.ecs.describe_services(cluster=cluster, services=names[start : start + _BATCH])
            except ClientError as error:
                if code_of(error) == "ClusterNotFoundException":
                    return {}
                raise
        found |= {
            service["serviceName"]: service["desiredCount"]
            for service in answer["services"]
            if service["status"] == "ACTIVE"
        }
    return found
