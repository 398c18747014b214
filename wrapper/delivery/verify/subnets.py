"""Whether the tasks' subnets have addresses left for them."""

from collections.abc import Iterator

from wrapper.delivery.verify.finding import Finding, Scene, skipped
from wrapper.delivery.verify.need import compared, needs
from wrapper.ecs.services import subnets_of


def subnets(scene: Scene) -> Iterator[Finding]:
    """Compare the free addresses of the tasks' subnets with the tasks that a roll-out adds: one each."""
    found = _subnet_ids(scene)
    if not found:
        yield skipped("subnets", "are made by the first apply")
        return
    described = scene.aws.ec2.describe_subnets(SubnetIds=sorted(found))["Subnets"]
    wanted = needs(scene).values()
    yield compared(
        "subnets",
        noun="addresses",
        free=sum(each.get("AvailableIpAddressCount", 0) for each in described),
        now=sum(need.now - need.running for need in wanted),
        ever=sum(need.ever - need.running for need in wanted),
        fix="free addresses in these subnets, lower scaling.max or rollout.maximum_percent, "
        "or make a network with a larger network.cidr",
    )


def _subnet_ids(scene: Scene) -> set[str]:
    """Return those of the running services, else those of a VPC that is there already."""
    environment = scene.environment
    running = subnets_of(scene.aws, cluster=environment.prefix, names=list(environment.services))
    existing = environment.network.existing
    if running or existing is None:
        return running
    is_public = environment.network.egress == "public"
    return {*(existing.public_subnet_ids if is_public else existing.private_subnet_ids)}
