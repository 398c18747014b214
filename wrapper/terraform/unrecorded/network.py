"""Parts of the network: by their tag Name, which no two of a kind share.

Rules and routes by their content.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.unrecorded.kind import Found, Kind, Values, pairs

# The states of what is being deleted, or was never created.
_LEAVING = {"deleted", "deleting", "failed", "rejected", "expired"}
_DESTINATIONS = {
    "destination_cidr_block": "DestinationCidrBlock",
    "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
}
_ENDS = {"cidr_ipv4": "CidrIpv4", "cidr_ipv6": "CidrIpv6", "prefix_list_id": "PrefixListId"}


def _tagged(operation: str, listed: str, identifier: str, *, filtered_by: str = "Filters") -> Kind:
    """Yield a kind that the paginator of this name lists, each with its id."""

    def find(aws: Aws, values: Values) -> Found | None:
        ec2: Any = aws.ec2  # for the stubs a paginator's name is a literal
        pages = ec2.get_paginator(operation).paginate(**{filtered_by: pairs(values["tags_all"])})
        return _one((each for page in pages for each in page[listed]), identifier, values)

    return Kind(("tags_all.Name",), find)


def _one(things: Iterable[Mapping[str, Any]], identifier: str, values: Values) -> Found | None:
    """Return the first by its id of those that have exactly these tags and stay."""
    wanted = values["tags_all"].items()
    found = [each for each in things if wanted <= _tags(each).items()]
    staying = [each for each in found if str(each.get("State")).lower() not in _LEAVING]
    for each in sorted(staying, key=lambda each: str(each[identifier])):
        return Found(each[identifier], _tags(each), (each[identifier],))
    return None


def _address(aws: Aws, values: Values) -> Found | None:
    found = aws.ec2.describe_addresses(Filters=pairs(values["tags_all"]))["Addresses"]
    return _one(found, "AllocationId", values)


def _rule(aws: Aws, values: Values, *, egress: bool) -> Found | None:
    group = [{"Name": "group-id", "Values": [values["security_group_id"]]}]
    for page in aws.ec2.get_paginator("describe_security_group_rules").paginate(Filters=group):  # type: ignore[arg-type]
        for rule in page["SecurityGroupRules"]:
            if rule["IsEgress"] == egress and _says(rule, values):
                name = rule["SecurityGroupRuleId"]
                return Found(name, tags_of(rule.get("Tags", [])), (name,))
    return None


def _says(rule: Mapping[str, Any], values: Values) -> bool:
    """Return whether a rule allows the same; AWS refuses a duplicate, with any description."""
    other = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    ends = all((rule.get(theirs) or None) == (values.get(ours) or None) for ours, theirs in _ENDS.items())
    ports = [
        (rule.get("FromPort", -1), values.get("from_port")),
        (rule.get("ToPort", -1), values.get("to_port")),
    ]
    return (
        ends
        and rule.get("IpProtocol") == str(values.get("ip_protocol"))
        and (other or None) == (values.get("referenced_security_group_id") or None)
        and all(theirs == (-1 if ours is None else ours) for theirs, ours in ports)
    )


def _tables(aws: Aws, filters: list[Any]) -> list[Any]:
    pages = aws.ec2.get_paginator("describe_route_tables").paginate(Filters=filters)
    return [table for page in pages for table in page["RouteTables"]]


def _route(aws: Aws, values: Values) -> Found | None:
    wanted = {theirs: values[ours] for ours, theirs in _DESTINATIONS.items() if values.get(ours)}
    name = values["route_table_id"]
    for table in _tables(aws, [{"Name": "route-table-id", "Values": [name]}]):
        for route in table["Routes"] if table["RouteTableId"] == name else ():
            if wanted.items() <= route.items():
                return Found(f"{table['RouteTableId']}_{next(iter(wanted.values()))}", _tags(table))
    return None


def _association(aws: Aws, values: Values) -> Found | None:
    subnet, wanted = values["subnet_id"], values["route_table_id"]
    for table in _tables(aws, [{"Name": "association.subnet-id", "Values": [subnet]}]):
        if table["RouteTableId"] == wanted:
            held = [
                each["RouteTableAssociationId"]
                for each in table["Associations"]
                if each.get("SubnetId") == subnet
            ]
            return Found(f"{subnet}/{wanted}", _tags(table), tuple(held))
    return None


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return tags_of(thing.get("Tags", []))


_RULE_KEYS = (
    "security_group_id",
    "ip_protocol",
    "from_port",
    "to_port",
    *_ENDS,
    "referenced_security_group_id",
)
KINDS: Mapping[str, Kind] = {
    "aws_vpc": _tagged("describe_vpcs", "Vpcs", "VpcId"),
    "aws_subnet": _tagged("describe_subnets", "Subnets", "SubnetId"),
    "aws_internet_gateway": _tagged("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_nat_gateway": _tagged("describe_nat_gateways", "NatGateways", "NatGatewayId", filtered_by="Filter"),
    "aws_eip": Kind(("tags_all.Name",), _address),
    "aws_route_table": _tagged("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_vpc_endpoint": _tagged("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "aws_security_group": _tagged("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_flow_log": _tagged("describe_flow_logs", "FlowLogs", "FlowLogId", filtered_by="Filter"),
    "aws_route": Kind(("route_table_id", *_DESTINATIONS), _route),
    "aws_route_table_association": Kind(("subnet_id", "route_table_id"), _association),
    "aws_vpc_security_group_ingress_rule": Kind(
        _RULE_KEYS, lambda aws, values: _rule(aws, values, egress=False)
    ),
    "aws_vpc_security_group_egress_rule": Kind(
        _RULE_KEYS, lambda aws, values: _rule(aws, values, egress=True)
    ),
}
