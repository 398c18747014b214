"""The collector of EC2: resources in the environment's networks, or with its tags or name."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope


class Part(NamedTuple):
    """A kind of resource, the call that lists it, and the reply's keys for the list and the id.

    `arn` is the kind in its ARN; `types` are Terraform's types, of the resource and of what is deleted with
    it; `beside` are the kinds in ARNs of what is deleted with it.
    """

    kind: str
    operation: str
    items: str
    id: str
    arn: str
    types: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


_VPC = Part("vpc", "describe_vpcs", "Vpcs", "VpcId", "vpc", ("aws_vpc", "aws_default_security_group"))
PARTS = (
    Part("subnet", "describe_subnets", "Subnets", "SubnetId", "subnet", ("aws_subnet",)),
    Part(
        "security group",
        "describe_security_groups",
        "SecurityGroups",
        "GroupId",
        "security-group",
        ("aws_security_group", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"),
        ("security-group-rule",),
    ),
    Part(
        "internet gateway",
        "describe_internet_gateways",
        "InternetGateways",
        "InternetGatewayId",
        "internet-gateway",
        ("aws_internet_gateway",),
    ),
    Part(
        "NAT gateway",
        "describe_nat_gateways",
        "NatGateways",
        "NatGatewayId",
        "natgateway",
        ("aws_nat_gateway",),
    ),
    Part("elastic address", "describe_addresses", "Addresses", "AllocationId", "elastic-ip", ("aws_eip",)),
    Part(
        "route table",
        "describe_route_tables",
        "RouteTables",
        "RouteTableId",
        "route-table",
        ("aws_route_table", "aws_route", "aws_route_table_association"),
    ),
    # AWS itself creates and deletes those of load balancers and tasks.
    Part(
        "network interface",
        "describe_network_interfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "network-interface",
    ),
    Part("flow log", "describe_flow_logs", "FlowLogs", "FlowLogId", "vpc-flow-log", ("aws_flow_log",)),
    Part(
        "VPC endpoint",
        "describe_vpc_endpoints",
        "VpcEndpoints",
        "VpcEndpointId",
        "vpc-endpoint",
        ("aws_vpc_endpoint",),
    ),
    Part(
        "launch template",
        "describe_launch_templates",
        "LaunchTemplates",
        "LaunchTemplateId",
        "launch-template",
        ("aws_launch_template",),
    ),
    # The instances of an Auto Scaling group are deleted with it, and their disks with them.
    Part("instance", "describe_instances", "Instances", "InstanceId", "instance"),
    Part("volume", "describe_volumes", "Volumes", "VolumeId", "volume"),
)
KINDS = tuple(
    Kind("ec2", part.kind, arns=tuple(f"ec2:{arn}" for arn in (part.arn, *part.beside)), types=part.types)
    for part in (_VPC, *PARTS)
)
_GONE = {"deleted", "deleting", "terminated"}


@collects(*KINDS)
def network(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the environment's VPCs, and what is in them or has its tags; never the account's default VPC."""
    vpcs = [
        _resource(_VPC, item)
        for item in _items(aws, _VPC)
        if not item.get("IsDefault") and item[_VPC.id] not in scope.spared and _owns(scope, item)
    ]
    yield from vpcs
    inside = {vpc.arn for vpc in vpcs}
    for part in PARTS:
        for item in _items(aws, part):
            if item[part.id] in scope.spared:
                continue
            if _is_there(item) and (_vpc_of(item) in inside or _owns(scope, item)):
                yield _resource(part, item)


def _items(aws: Aws, part: Part) -> Iterator[Mapping[str, Any]]:
    client: Any = aws.ec2  # the operation's name is a value, so its type is unknown
    if not client.can_paginate(part.operation):
        yield from getattr(client, part.operation)()[part.items]
        return
    for page in client.get_paginator(part.operation).paginate():
        # Instances are listed by reservation.
        for held in page.get("Reservations", [page]):
            yield from held[part.items]


def _is_there(item: Mapping[str, Any]) -> bool:
    """Return whether it exists: AWS shows ended ones for an hour. Also leave out what a VPC has by itself."""
    state = item.get("State")
    is_gone = (state.get("Name") if isinstance(state, Mapping) else state) in _GONE
    is_main = any(link.get("Main") for link in item.get("Associations", []))
    return not (is_gone or is_main or item.get("GroupName") == "default")


def _vpc_of(item: Mapping[str, Any]) -> str:
    attached: Mapping[str, str] = next(iter(item.get("Attachments", [])), {})
    return item.get("VpcId") or attached.get("VpcId", "")


def _owns(scope: Scope, item: Mapping[str, Any]) -> bool:
    return scope.owns(_name(item), tags=_tags(item))


def _name(item: Mapping[str, Any]) -> str:
    return _tags(item).get("Name") or item.get("GroupName") or item.get("LaunchTemplateName", "")


def _tags(item: Mapping[str, Any]) -> dict[str, str]:
    return tags_of(item.get("Tags") or item.get("TagSet") or [])


def _resource(part: Part, item: Mapping[str, Any]) -> Resource:
    name = _name(item) or item[part.id]
    return Resource(service="ec2", kind=part.kind, name=name, arn=item[part.id])
