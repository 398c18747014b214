"""Images that may change, or that no task can pull."""

from collections.abc import Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, blocks, of_type
from wrapper.terraform.plan import Mask, Plan, ResourceChange

_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
_PINNING = f"{_ECS}/container-considerations.html"
_NETWORK = f"{_ECS}/fargate-task-networking.html"


def image_not_pinned(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find containers whose image is named by a tag, which may move, and not by digest."""
    for resource in of_type(plan, COMING, "aws_ecs_task_definition"):
        for container in blocks(resource.after, "container_definitions"):
            image = container.get("image")
            if isinstance(image, str) and not isinstance(image, Mask) and "@sha256:" not in image:
                yield Finding(
                    rule="image-not-pinned",
                    level=Level.WARN,
                    address=resource.address,
                    sentence=f"Image {image} is not pinned by digest: what runs may differ between tasks.",
                    page=_PINNING,
                )


def cannot_pull(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find private tasks that cannot reach a registry, if the plan has the network."""
    standing = [each for each in plan.everything if each.after is not None]
    has_network = any(each.type == "aws_subnet" for each in standing)
    has_way = any(each.type == "aws_nat_gateway" or _is_registry_endpoint(each) for each in standing)
    for resource in of_type(plan, COMING, "aws_ecs_service"):
        networks = blocks(resource.after, "network_configuration")
        is_private = any(network.get("assign_public_ip") in (False, None) for network in networks)
        if has_network and is_private and not has_way:
            yield Finding(
                rule="cannot-pull",
                level=Level.WARN,
                address=resource.address,
                sentence="Its tasks have no public address, NAT gateway or ECR endpoint to pull through.",
                page=_NETWORK,
            )


def _is_registry_endpoint(resource: ResourceChange) -> bool:
    return resource.type == "aws_vpc_endpoint" and str((resource.after or {}).get("service_name")).endswith(
        ".ecr.dkr"
    )
