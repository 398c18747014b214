"""Whether the account has the network's zones, and whether the tasks' subnets have free addresses."""

from collections.abc import Iterator

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped
from wrapper.delivery.verify.need import compared, needs
from wrapper.ecs.services import slot_names, subnets_of


def zones(scene: Scene) -> Iterator[Finding]:
    """Compare the zones of a new network with the account's, which may lack a letter."""
    wanted = scene.environment.network.availability_zones
    if not wanted or scene.sandbox:
        return
    described = scene.aws.ec2.describe_availability_zones()["AvailabilityZones"]
    # Local and wavelength zones have no load balancers.
    usual = [zone for zone in described if zone.get("ZoneType", "availability-zone") == "availability-zone"]
    there = sorted(zone["ZoneName"] for zone in usual if zone.get("State") == "available")
    subject = "network.availability_zones"
    if missing := ", ".join(zone for zone in wanted if zone not in there):
        yield failure(
            subject,
            f"must be zones that this account has in {scene.aws.region}, got {missing}.",
            f"choose from {', '.join(there)} in environments/{scene.environment.file}.yaml",
        )
    else:
        yield good(subject, "are the account's")


def subnets(scene: Scene) -> Iterator[Finding]:
    """Compare the free addresses of the tasks' subnets with the tasks that a roll-out adds: one each."""
    found = _subnet_ids(scene)
    if not found:
        yield skipped("subnets", "are created by the first apply")
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
        "or create a network with a larger network.cidr",
    )


def _subnet_ids(scene: Scene) -> set[str]:
    """Return the subnets of the running services, else those of an existing VPC."""
    environment = scene.environment
    names = [each for name in environment.services for each in slot_names(name)]
    running = subnets_of(scene.aws, cluster=environment.cluster_name, names=names)
    existing = environment.network.existing
    if running or existing is None:
        return running
    is_public = environment.network.egress == "public"
    return {*(existing.public_subnet_ids if is_public else existing.private_subnet_ids)}
