"""Where AWS's Price List API keeps each price of a table.

The names of usage types are those of a bill; outside of us-east-1 the region's code stands before them, as in
EU-NatGateway-Hours. https://docs.aws.amazon.com/cur/latest/userguide/cur-line-item.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_CALCULATED = "https://aws.amazon.com/{}/pricing/"
_LINUX = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
# Usual types of container instances; --instances adds others.
INSTANCES = (
    "t3.micro",
    "t3.small",
    "t3.medium",
    "t3.large",
    "t4g.micro",
    "t4g.small",
    "t4g.medium",
    "t4g.large",
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A price to search for; `service` and `filters` narrow the search, `usage` ends the usage type.

    Prices that are the same everywhere have no region.
    """

    key: str
    service: str
    usage: str
    unit: str
    page: str
    filters: Mapping[str, str] = field(default_factory=dict)
    is_global: bool = False


def wanted(instances: tuple[str, ...] = INSTANCES) -> tuple[Wanted, ...]:
    """Return the prices of a table, with these EC2 instance types."""
    return (*_FARGATE, *map(_instance, instances), *_NETWORK, *_OTHERS)


def _want(key: str, service: str, usage: str, unit: str, page: str, **filters: str) -> Wanted:
    return Wanted(
        key=key, service=service, usage=usage, unit=unit, page=_CALCULATED.format(page), filters=filters
    )


def _instance(kind: str) -> Wanted:
    filters = {"instanceType": kind, **_LINUX}
    return _want(f"ec2_{kind}_hour", "AmazonEC2", f"BoxUsage:{kind}", f"{kind}-hour", "ec2", **filters)


def _global(key: str, service: str, usage: str, unit: str, page: str) -> Wanted:
    page = _CALCULATED.format(page)
    return Wanted(key=key, service=service, usage=usage, unit=unit, page=page, is_global=True)


_FARGATE = tuple(
    _want(key, "AmazonECS", usage, unit, "fargate")
    for key, usage, unit in (
        ("fargate_vcpu_hour", "Fargate-vCPU-Hours:perCPU", "vCPU-hour"),
        ("fargate_gb_hour", "Fargate-GB-Hours", "GB-hour"),
        ("fargate_arm_vcpu_hour", "Fargate-ARM-vCPU-Hours:perCPU", "ARM vCPU-hour"),
        ("fargate_arm_gb_hour", "Fargate-ARM-GB-Hours", "ARM GB-hour"),
    )
)
_ALB = {"productFamily": "Load Balancer-Application"}
_NAT = {"productFamily": "NAT Gateway"}
_NETWORK = (
    _want("alb_hour", "AWSELB", "LoadBalancerUsage", "ALB-hour", "elasticloadbalancing", **_ALB),
    _want("lcu_hour", "AWSELB", "LCUUsage", "LCU-hour", "elasticloadbalancing", **_ALB),
    _want("nat_hour", "AmazonEC2", "NatGateway-Hours", "gateway-hour", "vpc", **_NAT),
    _want("nat_gb", "AmazonEC2", "NatGateway-Bytes", "GB", "vpc", **_NAT),
    _want("ipv4_hour", "AmazonVPC", "PublicIPv4:InUseAddress", "address-hour", "vpc"),
    _want("endpoint_hour", "AmazonVPC", "VpcEndpoint-Hours", "endpoint-zone-hour", "privatelink"),
    _want("endpoint_gb", "AmazonVPC", "VpcEndpoint-Bytes", "GB", "privatelink"),
)
_OTHERS = (
    _want("alarm_month", "AmazonCloudWatch", "CW:AlarmMonitorUsage", "alarm", "cloudwatch"),
    _global("dashboard_month", "AmazonCloudWatch", "DashboardsUsageHour", "dashboard", "cloudwatch"),
    _want("logs_ingested_gb", "AmazonCloudWatch", "DataProcessing-Bytes", "GB taken in", "cloudwatch"),
    _want("logs_stored_gb", "AmazonCloudWatch", "TimedStorage-ByteHrs", "GB kept", "cloudwatch"),
    _want("s3_gb", "AmazonS3", "TimedStorage-ByteHrs", "GB", "s3", volumeType="Standard"),
    _want("ecr_gb", "AmazonECR", "TimedStorage-ByteHrs", "GB", "ecr"),
    _want("waf_acl_month", "awswaf", "WebACLV2", "web ACL", "waf"),
    _want("waf_rule_month", "awswaf", "RuleV2", "rule", "waf"),
    _global("zone_month", "AmazonRoute53", "HostedZone", "hosted zone", "route53"),
    _want("kms_key_month", "awskms", "KMS-Keys", "key", "kms"),
)
