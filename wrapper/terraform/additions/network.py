"""What somebody added to the network: rules of groups, routes of tables, endpoints and peerings of a VPC."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.additions.addition import Addition, Call, States
from wrapper.terraform.additions.kind import Asked, Item, Kind

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import RouteTypeDef, SecurityGroupRuleTypeDef

# The states of a peering and of an endpoint that are being deleted, or were never created.
_LEAVING = {"deleted", "deleting", "expired", "failed", "rejected"}
# What Amazon GuardDuty says of the endpoints that it makes by itself, where its agent watches tasks.
_GUARD = "GuardDutyManaged"
# As many ids as one filter may name.
_MOST = 200
# EC2's keys for a rule's source or destination, and for a route's destination and target.
_ENDS = ("CidrIpv4", "CidrIpv6", "PrefixListId")
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_DECLARED = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
_BY = (
    "GatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
)


def of_groups(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    groups = {
        each.values["id"]: each
        for each in states.of_type("aws_security_group", "aws_default_security_group", stack=stack)
    }
    kinds = ("ingress", "egress")
    ours = {
        rule
        for kind in kinds
        for rule in states.declared(f"aws_vpc_security_group_{kind}_rule", "security_group_rule_id")
    }
    pages = aws.ec2.get_paginator("describe_security_group_rules")
    for ids in _slices(groups):
        for page in pages.paginate(Filters=[{"Name": "group-id", "Values": ids}]):
            for rule in page["SecurityGroupRules"]:
                if rule["SecurityGroupRuleId"] in ours or _is_of_neighbour(rule, states):
                    continue
                kind = kinds[rule["IsEgress"]]
                whose = {"GroupId": rule["GroupId"], "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]}
                yield groups[rule["GroupId"]].with_(
                    attribute=kind,
                    content=_said(rule),
                    sentence=f"the {kind} rule {_in_words(rule)}",
                    opens=not rule["IsEgress"],
                    undo=Call("ec2", f"revoke_security_group_{kind}", whose),
                )


def of_tables(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    tables = {each.values["id"]: each for each in states.of_type("aws_route_table", stack=stack)}
    pages = aws.ec2.get_paginator("describe_route_tables")
    for ids in _slices(tables):
        for page in pages.paginate(Filters=[{"Name": "route-table-id", "Values": ids}]):
            for table in page["RouteTables"]:
                name = table["RouteTableId"]
                declared = (states.declared("aws_route", key, route_table_id=name) for key in _DECLARED)
                ours = set().union(*declared)
                for route in table["Routes"]:
                    key, to = _first(route, _DESTINATIONS)
                    if to in ours or _is_made_by_aws(route):
                        continue
                    _, by = _first(route, _BY)
                    yield tables[name].with_(
                        attribute="route",
                        content={"to": to, "by": by},
                        sentence=f"the route to {to} by {by}",
                        opens=False,
                        undo=Call("ec2", "delete_route", {"RouteTableId": name, key: to}),
                    )


def _is_of_neighbour(rule: "SecurityGroupRuleTypeDef", states: States) -> bool:
    """Return whether another environment admits the load balancer to its tasks, because it uses that."""
    is_way_out = rule["IsEgress"] and "ReferencedGroupInfo" in rule
    return is_way_out and states.is_of_neighbour(tags_of(rule.get("Tags", [])))


def _said(rule: "SecurityGroupRuleTypeDef") -> dict[str, object]:
    return {
        "protocol": rule["IpProtocol"],
        "from_port": rule.get("FromPort", -1),
        "to_port": rule.get("ToPort", -1),
        "with": _end(rule),
    }


def _in_words(rule: "SecurityGroupRuleTypeDef") -> str:
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    ports = "" if first < 0 else f" {first}" if first == last else f" {first}-{last}"
    protocol = "every protocol" if rule["IpProtocol"] == "-1" else rule["IpProtocol"]
    return f"{protocol}{ports} {'to' if rule['IsEgress'] else 'from'} {_end(rule)}"


def _end(rule: "SecurityGroupRuleTypeDef") -> str:
    _, found = _first(rule, _ENDS)
    return found or rule.get("ReferencedGroupInfo", {}).get("GroupId", "nobody")


def _is_made_by_aws(route: "RouteTypeDef") -> bool:
    """Return whether it is the VPC's own route, a propagated one, or the one of a gateway endpoint."""
    return (
        route.get("Origin") in ("CreateRouteTable", "EnableVgwRoutePropagation")
        or route.get("GatewayId") == "local"
        or str(route.get("GatewayId")).startswith("vpce-")
    )


def _first(values: Mapping[str, object], keys: tuple[str, ...]) -> tuple[str, str]:
    """Return the first of the keys with a value, and the value; "" without any."""
    return next(((key, str(values[key])) for key in keys if values.get(key)), ("", ""))


def _slices(ids: Mapping[str, object]) -> Iterator[list[str]]:
    listed = sorted(ids)
    return (listed[start : start + _MOST] for start in range(0, len(listed), _MOST))


def _staying(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    """Leave out what is being deleted, and what AWS's own services or another environment created."""
    for each in items:
        status = each.get("State") or each["Status"]["Code"]
        tags = tags_of(each.get("Tags", []))
        is_of_aws = each.get("RequesterManaged") or tags.get(_GUARD) == "true"
        if status.lower() not in _LEAVING and not (is_of_aws or states.is_of_neighbour(tags)):
            yield each


def _where(name: str, vpc: str) -> Asked:
    return {"Filters": [{"Name": name, "Values": [vpc]}]}


def _peering(end: str, declared_by: str) -> Kind:
    """Return the peerings that have our VPC at this end."""
    other = {"requester": "AccepterVpcInfo", "accepter": "RequesterVpcInfo"}[end]

    def said(each: Item) -> str:
        return f"{each[other].get('VpcId')} of account {each[other].get('OwnerId')}"

    return Kind(
        of="aws_vpc",
        by="id",
        attribute="peering",
        client="ec2",
        read="describe_vpc_peering_connections",
        listed="VpcPeeringConnections",
        asked=lambda vpc: _where(f"{end}-vpc-info.vpc-id", vpc),
        name=lambda each: each["VpcPeeringConnectionId"],
        declared_by=(declared_by, "id", None),
        left=_staying,
        content=lambda each: {"id": each["VpcPeeringConnectionId"], "with": said(each)},
        sentence=lambda each: f"the peering with {said(each)}",
        opens=True,
        drop="delete_vpc_peering_connection",
        undo=lambda _, each: {"VpcPeeringConnectionId": each["VpcPeeringConnectionId"]},
    )


KINDS = (
    of_groups,
    of_tables,
    Kind(
        of="aws_vpc",
        by="id",
        attribute="endpoint",
        client="ec2",
        read="describe_vpc_endpoints",
        listed="VpcEndpoints",
        asked=lambda vpc: _where("vpc-id", vpc),
        name=lambda each: each["VpcEndpointId"],
        declared_by=("aws_vpc_endpoint", "id", None),
        left=_staying,
        content=lambda each: {"id": each["VpcEndpointId"], "of": each["ServiceName"]},
        sentence=lambda each: f"the endpoint {each['VpcEndpointId']} of {each['ServiceName']}",
        opens=True,  # what tasks send to a service may go there
        drop="delete_vpc_endpoints",
        undo=lambda _, each: {"VpcEndpointIds": [each["VpcEndpointId"]]},
    ),
    _peering("requester", "aws_vpc_peering_connection"),
    _peering("accepter", "aws_vpc_peering_connection_accepter"),
)
