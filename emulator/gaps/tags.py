"""Kinds of resources that ministack's Resource Groups Tagging API lacks and the stacks create."""

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import acm, alb, cloudwatch, cloudwatch_logs, ec2, ecs, tagging, waf

Tagged = Iterator[tuple[str, list[dict[str, str]]]]
_EC2_STORES = {
    "acl-": "_network_acls",
    "eipalloc-": "_addresses",
    "eni-": "_network_interfaces",
    "fl-": "_flow_logs",
    "igw-": "_internet_gateways",
    "nat-": "_nat_gateways",
    "rtb-": "_route_tables",
    "sg-": "_security_groups",
    "subnet-": "_subnets",
    "vpc-": "_vpcs",
    "vpce-": "_vpc_endpoints",
}


def tagged_resources() -> None:
    """Upstream lists no network, load balancer, certificate, log group or alarm, but deleted services."""
    tagging._COLLECTORS.update(
        {
            "acm": _certificates,
            "cloudwatch": _alarms,
            "ec2": _network,
            "ecs": _containers,
            "elasticloadbalancing": _balancers,
            "logs": _log_groups,
            "wafv2": _web_acls,
        }
    )


def _network() -> Tagged:
    rules = {
        ec2._sg_rule_id(group_id, is_egress, rule)
        for group_id, group in ec2._security_groups.items()
        for is_egress, key in ((False, "IpPermissions"), (True, "IpPermissionsEgress"))
        for rule in group[key]
    }
    for resource_id, tags in ec2._tags.items():
        store = next((name for start, name in _EC2_STORES.items() if resource_id.startswith(start)), None)
        if resource_id in (getattr(ec2, store) if store else rules):
            is_flow_log = resource_id.startswith("fl-")  # its ARN has another kind than its id
            kind = "vpc-flow-log" if is_flow_log else ec2._guess_resource_type(resource_id)
            yield f"arn:aws:ec2:{get_region()}:{get_account_id()}:{kind}/{resource_id}", tags


def _containers() -> Tagged:
    existing = {cluster["clusterArn"] for cluster in ecs._clusters.values()}
    existing |= {
        service["serviceArn"] for service in ecs._services.values() if service["status"] != "INACTIVE"
    }
    existing |= {task["taskArn"] for task in ecs._tasks.values() if task["lastStatus"] != "STOPPED"}
    existing |= {
        definition["taskDefinitionArn"]
        for definition in ecs._task_defs.values()
        if definition["status"] != "DELETE_IN_PROGRESS"
    }
    existing |= {provider["capacityProviderArn"] for provider in ecs._capacity_providers.values()}
    for arn, tags in ecs._tags.items():
        if arn in existing:
            yield arn, [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]


def _balancers() -> Tagged:
    stores = (alb._lbs, alb._tgs, alb._listeners, alb._rules)
    for arn, tags in alb._tags.items():
        if tags and any(arn in store for store in stores):
            yield arn, tags


def _certificates() -> Tagged:
    for certificate in acm._certificates.values():
        if certificate["Tags"]:
            yield certificate["CertificateArn"], certificate["Tags"]


def _web_acls() -> Tagged:
    for acl in waf._web_acls.values():
        if tags := waf._waf_tags.get(acl["ARN"]):
            yield acl["ARN"], tags


def _log_groups() -> Tagged:
    for group in cloudwatch_logs._log_groups.values():
        if group["tags"]:
            yield group["arn"].removesuffix(":*"), _as_list(group["tags"])


def _alarms() -> Tagged:
    for alarm in (*cloudwatch._alarms.values(), *cloudwatch._composite_alarms.values()):
        tags = cloudwatch._resource_tags.get(alarm["AlarmArn"])
        if tags:
            yield alarm["AlarmArn"], _as_list(tags)


def _as_list(tags: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": str(value)} for name, value in tags.items()]
