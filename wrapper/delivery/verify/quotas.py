"""Whether the account's quotas suffice: vCPUs of Fargate, elastic addresses, rules of the load balancer."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wrapper.delivery.verify.finding import Finding, Scene, skipped
from wrapper.delivery.verify.need import compared, needs
from wrapper.environment import Service

if TYPE_CHECKING:
    from types_boto3_service_quotas.type_defs import ServiceQuotaTypeDef

# Kind of capacity in the environment file → AWS's name and code of its quota.
_VCPUS = {
    "fargate": ("Fargate On-Demand vCPU", "L-3032A538"),
    "fargate_spot": ("Fargate Spot vCPU", "L-36FBB829"),
}
_ADDRESSES = ("ec2", "L-0263D0A3")  # EC2-VPC Elastic IPs
_RULES = "rules-per-application-load-balancer"
_CPU_UNITS = 1024
_USAGE_MINUTES = 15


def quotas(scene: Scene) -> Iterator[Finding]:
    """Compare the account's quotas with what it uses and what the environment adds."""
    if scene.sandbox:
        yield skipped("quotas", "not checked: the sandbox has none")
        return
    shares = {name: _shares(service) for name, service in scene.environment.services.items()}
    for kind in _VCPUS:
        if any(share.get(kind) for share in shares.values()):
            yield _vcpus(scene, kind, {name: share.get(kind, 0.0) for name, share in shares.items()})
    yield _elastic_addresses(scene)
    yield _rules(scene)


def _shares(service: Service) -> Mapping[str, float]:
    """Return which share of a service's tasks runs on demand and which on Spot; on instances neither does."""
    capacity = service.capacity
    if capacity.ec2:
        return {}
    given = {"fargate": capacity.fargate, "fargate_spot": capacity.fargate_spot}
    weights = {kind: share.weight for kind, share in given.items() if share}
    whole = sum(weights.values())
    return {kind: weight / whole for kind, weight in weights.items()} if whole else {"fargate": 1.0}


def _vcpus(scene: Scene, kind: str, shares: Mapping[str, float]) -> Finding:
    name, code = _VCPUS[kind]
    quota = _quota(scene, "fargate", code)
    services = scene.environment.services
    size = {each: service.size.cpu / _CPU_UNITS * shares[each] for each, service in services.items()}
    wanted = needs(scene)
    return compared(
        f"quota {name}",
        noun="vCPUs",
        free=quota.get("Value", 0) - _used(scene, quota),
        now=sum((need.now - need.running) * size[each] for each, need in wanted.items()),
        ever=sum((need.ever - need.running) * size[each] for each, need in wanted.items()),
        fix=_raise("fargate", code),
    )


def _elastic_addresses(scene: Scene) -> Finding:
    """Count the addresses of new NAT gateways; those that the environment already has are in use by it."""
    network = scene.environment.network
    gateways = {"nat": 1, "nat_per_zone": len(network.availability_zones)}
    wanted = 0 if network.existing else gateways.get(network.egress, 0)
    held = scene.aws.ec2.describe_addresses()["Addresses"]
    ours = sum(1 for each in held if scene.environment.tags.items() <= _tags(each).items())
    added = max(wanted - ours, 0)
    return compared(
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
    environment = scene.environment
    routed = {name: each for name, each in environment.services.items() if name not in environment.variants}
    rules = sum(len(service.route.pairs) for service in routed.values())
    if environment.dns or environment.alb.certificate_arn:
        rules *= 2  # port 80 has them as well, to lead to HTTPS
    rules += sum(environment.shares_route(name) for name in environment.services)  # those for X-Slot
    return compared(
        "quota rules of the load balancer",
        noun="rules",
        free=limit - _rules_of_others(scene),
        now=rules,
        ever=rules,
        fix=f"name fewer hosts and paths under route, or raise {_RULES} in Service Quotas",
    )


def _rules_of_others(scene: Scene) -> int:
    """Count the rules of an existing listener that are not the environment's."""
    existing = scene.environment.alb.existing
    if existing is None:
        return 0
    pages = scene.aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=existing.listener_arn)
    rules = [each for page in pages for each in page["Rules"] if not each.get("IsDefault")]
    return sum(each.get("RuleArn") not in scene.managed for each in rules)


def _quota(scene: Scene, service: str, code: str) -> "ServiceQuotaTypeDef":
    """Return the account's quota, or AWS's default if none was set."""
    quotas = scene.aws.quotas
    try:
        return quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        return quotas.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]


def _used(scene: Scene, quota: "ServiceQuotaTypeDef") -> float:
    """Return the newest value of the usage metric that the quota names; 0 without one."""
    metric: Mapping[str, Any] = quota.get("UsageMetric", {})
    if not metric:
        return 0
    now = scene.aws.now()
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
