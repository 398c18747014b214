"""EC2's network parts: those in our networks, and those with our tags or name."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wrapper.aws.client import Aws
from wrapper.inventory.resource import Resource, Scope, tags_of


class Part(NamedTuple):
    """A kind of thing, the call that lists it, and where the reply holds the list and the id."""

    kind: str
    operation: str
    items: str
    id: str


PARTS = (
    Part("subnet", "describe_subnets", "Subnets", "SubnetId"),
    Part("security group", "describe_security_groups", "SecurityGroups", "GroupId"),
    Part("internet gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    Part("NAT gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    Part("elastic address", "describe_addresses", "Addresses", "AllocationId"),
    Part("route table", "describe_route_tables", "RouteTables", "RouteTableId"),
    Part("network interface", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    Part("flow log", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    Part("VPC endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
)
_VPC = Part("vpc", "describe_vpcs", "Vpcs", "VpcId")


def network(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List our networks and what is in them or has our tags; the account's default network is nobody's."""
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
    client: Any = aws.ec2  # the operation's name is a value here, which no type can follow
    if not client.can_paginate(part.operation):
        yield from getattr(client, part.operation)()[part.items]
        return
    for page in client.get_paginator(part.operation).paginate():
        yield from page[part.items]


def _is_there(item: Mapping[str, Any]) -> bool:
    """Leave out what AWS shows for an hour after its end, and what comes and goes with its network."""
    is_gone = item.get("State") in {"deleted", "deleting"}
    is_main = any(link.get("Main") for link in item.get("Associations", []))
    return not (is_gone or is_main or item.get("GroupName") == "default")


def _vpc_of(item: Mapping[str, Any]) -> str:
    attached: Mapping[str, str] = next(iter(item.get("Attachments", [])), {})
    return item.get("VpcId") or attached.get("VpcId", "")


def _owns(scope: Scope, item: Mapping[str, Any]) -> bool:
    tags = _tags(item)
    return scope.owns(tags.get("Name") or item.get("GroupName", ""), tags=tags)


def _tags(item: Mapping[str, Any]) -> dict[str, str]:
    return tags_of(item.get("Tags") or item.get("TagSet") or [])


def _resource(part: Part, item: Mapping[str, Any]) -> Resource:
    name = _tags(item).get("Name") or item.get("GroupName") or item[part.id]
    return Resource(service="ec2", kind=part.kind, name=name, arn=item[part.id])
