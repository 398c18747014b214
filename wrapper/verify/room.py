"""Whether there is room for the tasks: addresses in the subnets, vCPUs and others in the account's quotas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wrapper import live
from wrapper.environment import Service
from wrapper.verify.finding import Finding, Scene, failure, good, skipped, warning

if TYPE_CHECKING:
    from types_boto3_service_quotas.type_defs import ServiceQuotaTypeDef

_FARGATE = ("fargate", "L-3032A538")  # Fargate On-Demand vCPU resource count
_ADDRESSES = ("ec2", "L-0263D0A3")  # EC2-VPC Elastic IPs
_RULES = "rules-per-application-load-balancer"
_CPU_UNITS = 1024
_USAGE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class Need:
    """Tasks of one service: running, at most during a roll-out of what is wanted now, and ever."""

    running: int
    now: int
    ever: int


def subnets(scene: Scene) -> Iterator[Finding]:
    """Compare the free addresses of the tasks' subnets with the tasks that a roll-out adds: one each."""
    found = live.subnets(scene.aws, cluster=scene.environment.prefix, names=list(scene.environment.services))
    if not found:
        yield skipped("subnets", "are made by the first apply")
        return
    described = scene.aws.ec2.describe_subnets(SubnetIds=sorted(found))["Subnets"]
    free = sum(each.get("AvailableIpAddressCount", 0) for each in described)
    needs = _needs(scene)
    now = sum(need.now - need.running for need in needs.values())
    ever = sum(need.ever - need.running for need in needs.values())
    yield _compared(
        "subnets",
        noun="addresses",
        free=free,
        now=now,
        ever=ever,
        fix="free addresses in these subnets, lower scaling.max or rollout.maximum_percent, "
        "or make a network with a larger network.cidr",
    )


def quotas(scene: Scene) -> Iterator[Finding]:
    """Compare what the account may have with what it has and what the environment adds."""
    if scene.sandbox:
        yield skipped("quotas", "not checked: the sandbox has none")
        return
    yield _vcpus(scene)
    yield _elastic_addresses(scene)
    yield _rules(scene)


def _vcpus(scene: Scene) -> Finding:
    quota = _quota(scene, *_FARGATE)
    needs = _needs(scene)
    services = scene.environment.services
    size = {name: service.size.cpu / _CPU_UNITS for name, service in services.items()}
    return _compared(
        "quota Fargate On-Demand vCPU",
        noun="vCPUs",
        free=quota.get("Value", 0) - _used(scene, quota),
        now=sum((need.now - need.running) * size[name] for name, need in needs.items()),
        ever=sum((need.ever - need.running) * size[name] for name, need in needs.items()),
        fix=_raise(*_FARGATE),
    )


def _elastic_addresses(scene: Scene) -> Finding:
    """Count NAT gateways' addresses; those that this environment has already are in use by it."""
    network = scene.environment.network
    wanted = {"nat": 1, "nat_per_zone": len(network.availability_zones)}.get(network.egress, 0)
    held = scene.aws.ec2.describe_addresses()["Addresses"]
    ours = sum(1 for each in held if scene.environment.tags.items() <= _tags(each).items())
    added = max(wanted - ours, 0)
    return _compared(
        "quota Elastic IPs",
        noun="addresses",
        free=_quota(scene, *_ADDRESSES).get("Value", 0) - len(held),
        now=added,
        ever=added,
        fix=_raise(*_ADDRESSES),
    )


def _rules(scene: Scene) -> Finding:
    limits = scene.aws.elbv2.describe_account_limits()["Limits"]
    limit = next((int(each.get("Max", 0)) for each in limits if each.get("Name") == _RULES), 0)
    rules = sum(len(service.route.pairs) for service in scene.environment.services.values())
    return _compared(
        "quota rules of the load balancer",
        noun="rules",
        free=limit,
        now=rules,
        ever=rules,
        fix=f"name fewer hosts and paths under route, or raise {_RULES} in Service Quotas",
    )


def _compared(subject: str, *, noun: str, free: float, now: float, ever: float, fix: str) -> Finding:
    """Fail if what comes next does not fit, warn if only the most that is allowed does not."""
    if now > free:
        return failure(subject, f"must leave {now:g} {noun} for the next roll-out, got {free:g} free.", fix)
    if ever > free:
        return warning(subject, f"should leave {ever:g} {noun} for scaling.max, got {free:g} free.", fix)
    return good(subject, f"{free:g} {noun} free, at most {ever:g} needed")


def _needs(scene: Scene) -> Mapping[str, Need]:
    services = scene.environment.services
    running = live.services(scene.aws, cluster=scene.environment.prefix, names=list(services))
    return {
        name: _need(service, running[name].desired if name in running else 0, name in running)
        for name, service in services.items()
    }


def _need(service: Service, desired: int, exists: bool) -> Need:
    """During a roll-out old and new tasks run together; the first one has no old ones."""
    share = service.rollout.maximum_percent / 100
    scaling = service.scaling
    if not exists:
        return Need(running=0, now=scaling.min, ever=int(scaling.max * share))
    wanted = min(max(desired, scaling.min), scaling.max)
    return Need(running=desired, now=int(wanted * share), ever=int(scaling.max * share))


def _quota(scene: Scene, service: str, code: str) -> "ServiceQuotaTypeDef":
    """Return the account's quota, AWS's default where none was ever set."""
    quotas = scene.aws.quotas
    try:
        return quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        return quotas.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]


def _used(scene: Scene, quota: "ServiceQuotaTypeDef") -> float:
    """Return the newest figure of the usage metric that the quota names; 0 without one."""
    metric: Mapping[str, Any] = quota.get("UsageMetric", {})
    if not metric:
        return 0
    now = datetime.now(UTC)
    statistic = metric.get("MetricStatisticRecommendation", "Maximum")
    points = scene.aws.cloudwatch.get_metric_statistics(
        Namespace=metric["MetricNamespace"],
        MetricName=metric["MetricName"],
        Dimensions=[{"Name": key, "Value": value} for key, value in metric["MetricDimensions"].items()],
        StartTime=now - timedelta(minutes=_USAGE_MINUTES),
        EndTime=now,
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    newest: Mapping[str, Any] = max(points, key=lambda point: point.get("Timestamp", now), default={})
    return float(newest.get(statistic, 0))


def _tags(address: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in address.get("Tags", [])}


def _raise(service: str, code: str) -> str:
    return (
        "ask for more: aws service-quotas request-service-quota-increase "
        f"--service-code {service} --quota-code {code} --desired-value N"
    )
