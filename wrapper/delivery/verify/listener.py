"""Whether an existing load balancer accepts the environment's rules; one finding for each key."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped
from wrapper.environment import ExistingAlb

if TYPE_CHECKING:
    from types_boto3_elbv2.type_defs import LoadBalancerTypeDef

_LAST = 50_000  # the last priority, of a service that gets what no other service claims
_PORTS = {"http": 80, "https": 443}


def alb(scene: Scene) -> Iterator[Finding]:
    """Check the load balancer, its listener and its security group, and which priorities are in use."""
    existing = scene.environment.alb.existing
    if existing is None:
        return
    found = _load_balancer(scene, existing.load_balancer_arn)
    if found is None:
        yield failure(
            "alb.existing.load_balancer_arn",
            f"must be a load balancer that exists, but there is no {existing.load_balancer_arn}.",
            "aws elbv2 describe-load-balancers",
        )
        return
    yield good("alb.existing.load_balancer_arn", f"{found.get('LoadBalancerName')} exists")
    yield _network(scene, found)
    yield _security_group(existing, found)
    yield from _listener(scene, existing, found)


def _load_balancer(scene: Scene, arn: str) -> "LoadBalancerTypeDef | None":
    elbv2 = scene.aws.elbv2
    try:
        found = elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    except elbv2.exceptions.LoadBalancerNotFoundException:
        return None
    return found[0] if found else None


def _network(scene: Scene, found: "LoadBalancerTypeDef") -> Finding:
    subject, vpc = "network.existing.vpc_id", found.get("VpcId")
    network = scene.environment.network.existing
    if network and network.vpc_id == vpc:
        return good(subject, "is the load balancer's")
    return failure(
        subject,
        f"must be {vpc}, the VPC of the load balancer, got {network.vpc_id if network else 'none'}.",
        "give the VPC's id and its subnets' in the environment file",
    )


def _security_group(existing: ExistingAlb, found: "LoadBalancerTypeDef") -> Finding:
    subject, groups = "alb.existing.security_group_id", found.get("SecurityGroups", [])
    if existing.security_group_id in groups:
        return good(subject, "is the load balancer's")
    known = ", ".join(groups)
    return failure(
        subject,
        f"must be a security group of the load balancer ({known}), got {existing.security_group_id}.",
        "choose one of these",
    )


def _listener(scene: Scene, existing: ExistingAlb, found: "LoadBalancerTypeDef") -> Iterator[Finding]:
    subject, elbv2 = "alb.existing.listener_arn", scene.aws.elbv2
    pages = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=existing.load_balancer_arn)
    listeners = {each.get("ListenerArn"): each for page in pages for each in page["Listeners"]}
    listener = listeners.get(existing.listener_arn)
    if listener is None:
        yield failure(
            subject,
            f"must be a listener of the load balancer, but it has no {existing.listener_arn}.",
            f"aws elbv2 describe-listeners --load-balancer-arn {existing.load_balancer_arn}",
        )
        return
    yield good(subject, "is the load balancer's")
    yield _url(existing, found.get("DNSName", ""), listener.get("Protocol", ""), listener.get("Port", 0))
    yield from _taken(scene, existing)


def _url(existing: ExistingAlb, host: str, protocol: str, port: int) -> Finding:
    """Compare scheme and port with the listener's; whether another host name leads there is not checked."""
    given = urlsplit(existing.url)
    wanted = (protocol.lower(), port)
    if given.hostname != host.lower():
        return skipped("alb.existing.url", f"not checked: it is another name than {host}")
    if (given.scheme, given.port or _PORTS.get(given.scheme)) == wanted:
        return good("alb.existing.url", "is the listener's")
    shown = f"{wanted[0]}://{host}" + ("" if _PORTS.get(wanted[0]) == port else f":{port}")
    return failure(
        "alb.existing.url",
        f"must have the scheme and the port of the listener, {protocol} on {port}, got {existing.url}.",
        f"such as {shown}",
    )


def _taken(scene: Scene, existing: ExistingAlb) -> Iterator[Finding]:
    """Compare the priorities of the environment's rules with those of other rules of the listener."""
    pages = scene.aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=existing.listener_arn)
    rules = [each for page in pages for each in page["Rules"] if not each.get("IsDefault")]
    there = {int(each.get("Priority", "0")): each.get("RuleArn", "") for each in rules}
    taken = {priority: arn for priority, arn in there.items() if arn not in scene.managed}
    clashes = {priority: name for priority, name in scene.priorities.items() if priority in taken}
    for priority, name in sorted(clashes.items()):
        yield failure(
            f"services.{name}.route",
            f"must have priorities that are free on the listener, but {taken[priority]} has {priority}.",
            _way_out(priority, name, arn=taken[priority], used={*there, *scene.priorities}),
        )
    if not clashes:
        yield good("priorities of alb.existing", f"{len(scene.priorities)} are free or the environment's")


def _way_out(priority: int, name: str, *, arn: str, used: Collection[int]) -> str:
    if priority == _LAST:
        return f"give services.{name}.route hosts or paths: only one rule can be the listener's last"
    free = next(other for other in range(priority + 1, _LAST) if other not in used)
    return (
        "its owner moves that rule: aws elbv2 set-rule-priorities --rule-priorities "
        f"RuleArn={arn},Priority={free}"
    )
