"""Whether the targets of the tasks' egress exist: without them Terraform fails during an apply."""

from collections.abc import Iterator, Mapping, Set

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped, warning
from wrapper.environment import Environment, Way


def egress(scene: Scene) -> Iterator[Finding]:
    """Look for the security groups and prefix lists that services and jobs name under egress."""
    declared = list(_ways(scene.environment))
    if scene.sandbox:
        if any(way.security_groups or way.prefix_lists for _, way in declared):
            yield skipped("egress", "groups and lists are not checked: the sandbox allows all egress")
        return
    groups = _groups(scene, {each for _, way in declared for each in way.security_groups})
    lists = _lists(scene, {each for _, way in declared for each in way.prefix_lists})
    for path, way in declared:
        for group in way.security_groups:
            yield _group(scene, f"{path}.security_groups", group, groups)
        for each in way.prefix_lists:
            yield _list(scene, f"{path}.prefix_lists", each, lists)


def _ways(environment: Environment) -> Iterator[tuple[str, Way]]:
    for kind, owners in (("services", environment.services), ("jobs", environment.jobs)):
        for name, owner in owners.items():
            for way_name, way in owner.egress.items():
                yield f"{kind}.{name}.egress.{way_name}", way


def _groups(scene: Scene, ids: Set[str]) -> Mapping[str, str]:
    """Return the VPC of each security group that exists."""
    if not ids:
        return {}
    pages = scene.aws.ec2.get_paginator("describe_security_groups").paginate(
        Filters=[{"Name": "group-id", "Values": sorted(ids)}]
    )
    return {each["GroupId"]: each.get("VpcId", "") for page in pages for each in page["SecurityGroups"]}


def _lists(scene: Scene, ids: Set[str]) -> Mapping[str, str]:
    """Return the name of each prefix list that exists."""
    if not ids:
        return {}
    pages = scene.aws.ec2.get_paginator("describe_managed_prefix_lists").paginate(
        Filters=[{"Name": "prefix-list-id", "Values": sorted(ids)}]
    )
    return {each["PrefixListId"]: each["PrefixListName"] for page in pages for each in page["PrefixLists"]}


def _group(scene: Scene, subject: str, group: str, there: Mapping[str, str]) -> Finding:
    existing = scene.environment.network.existing
    if group not in there:
        return failure(
            subject,
            f"must be security groups that exist, but there is no {group} in {scene.aws.region}.",
            f"aws ec2 describe-security-groups --region {scene.aws.region} lists them",
        )
    if existing is None or there[group] != existing.vpc_id:
        return warning(
            subject,
            f"should be of the tasks' VPC, but {group} is of {there[group]}: that requires a peering.",
            "name the group's addresses under cidrs, or use its VPC: network.existing",
        )
    return good(subject, f"{group} exists")


def _list(scene: Scene, subject: str, each: str, there: Mapping[str, str]) -> Finding:
    if each in there:
        return good(subject, f"{each} exists, {there[each]}")
    return failure(
        subject,
        f"must be prefix lists that exist, but there is no {each} in {scene.aws.region}.",
        f"aws ec2 describe-managed-prefix-lists --region {scene.aws.region} lists them",
    )
