"""What ministack's EC2 lacks of endpoints, peerings, flow logs, prefix lists and NAT gateways' addresses."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from secrets import token_hex
from typing import Any

from ministack.services import ec2

from emulator.patching import wrap
from emulator.replies import Response

Params = Mapping[str, Any]


def endpoint_details() -> None:
    """Upstream loses an endpoint's private DNS and security groups, so every plan changes them."""

    def create(original: Callable[..., Response], params: Params) -> Response:
        before = set(ec2._vpc_endpoints)
        original(params)
        (new,) = set(ec2._vpc_endpoints) - before
        endpoint = ec2._vpc_endpoints[new]
        endpoint["PrivateDnsEnabled"] = ec2._p(params, "PrivateDnsEnabled") == "true"
        endpoint["SecurityGroupIds"] = ec2._parse_member_list(params, "SecurityGroupId")
        endpoint["PolicyDocument"] = ec2._p(params, "PolicyDocument")
        return _described("CreateVpcEndpointResponse", ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint"))

    def modify(original: Callable[..., Response], params: Params) -> Response:
        endpoint = ec2._vpc_endpoints.get(ec2._p(params, "VpcEndpointId"), {})
        if ec2._p(params, "PrivateDnsEnabled"):
            endpoint["PrivateDnsEnabled"] = ec2._p(params, "PrivateDnsEnabled") == "true"
        added = ec2._parse_member_list(params, "AddSecurityGroupId")
        removed = ec2._parse_member_list(params, "RemoveSecurityGroupId")
        groups = [group for group in endpoint.get("SecurityGroupIds", []) if group not in removed]
        endpoint["SecurityGroupIds"] = groups + [group for group in added if group not in groups]
        return original(params)

    wrap(ec2, "_create_vpc_endpoint", create)
    wrap(ec2, "_modify_vpc_endpoint", modify)
    wrap(ec2, "_vpce_fields_xml", _with_details)


def filters_by_vpc() -> None:
    """Upstream lists the endpoints and peerings of all VPCs, whichever is requested."""

    def endpoints(original: Callable[..., Response], params: Params) -> Response:
        vpcs = ec2._parse_filters(params).get("vpc-id")
        found = [name for name, each in ec2._vpc_endpoints.items() if vpcs is None or each["VpcId"] in vpcs]
        return original(_of_these(params, "VpcEndpointId", found))

    def peerings(original: Callable[..., Response], params: Params) -> Response:
        filters = ec2._parse_filters(params)
        found = [
            name
            for name, each in ec2._vpc_peering.items()
            if _is_between(each, filters, "requester", "RequesterVpcInfo")
            and _is_between(each, filters, "accepter", "AccepterVpcInfo")
        ]
        return original(_of_these(params, "VpcPeeringConnectionId", found))

    wrap(ec2, "_describe_vpc_endpoints", endpoints)
    wrap(ec2, "_describe_vpc_peering_connections", peerings)


def _is_between(peering: Mapping[str, Any], filters: Mapping[str, Any], end: str, told: str) -> bool:
    vpcs = filters.get(f"{end}-vpc-info.vpc-id")
    return vpcs is None or peering[told]["VpcId"] in vpcs


def _of_these(params: Params, name: str, found: Sequence[str]) -> Params:
    """Return the request limited to the ids that were found; without any, to an id that never exists."""
    asked = ec2._parse_member_list(params, name)
    left = [each for each in found if not asked or each in asked] or ["none"]
    others = {key: value for key, value in params.items() if not key.startswith(f"{name}.")}
    return {**others, **{f"{name}.{number}": [each] for number, each in enumerate(left, 1)}}


def flow_log_details() -> None:
    """Upstream loses a flow log's role, interval and tags, so every plan replaces it."""

    def create(original: Callable[..., Response], params: Params) -> Response:
        before = set(ec2._flow_logs)
        response = original(params)
        for new in set(ec2._flow_logs) - before:
            ec2._flow_logs[new]["Role"] = ec2._p(params, "DeliverLogsPermissionArn")
            ec2._parse_tag_specs(params, "vpc-flow-log", new)
            ec2._flow_logs[new]["Interval"] = ec2._p(params, "MaxAggregationInterval") or "600"
        return response

    def describe(original: Callable[..., Response], params: Params) -> Response:
        status, headers, body = original(params)
        for flow_log_id, record in ec2._flow_logs.items():
            known = f"<flowLogId>{flow_log_id}</flowLogId>"
            details = (
                f"<deliverLogsPermissionArn>{record.get('Role', '')}</deliverLogsPermissionArn>"
                f"<maxAggregationInterval>{record.get('Interval', '600')}</maxAggregationInterval>"
            )
            body = body.replace(known.encode(), (known + details).encode())
        return status, headers, body

    wrap(ec2, "_create_flow_logs", create)
    wrap(ec2, "_describe_flow_logs", describe)


def rules_to_prefix_lists() -> None:
    """Upstream loses the prefix list of a security group's rule, which the provider reports as an error."""

    def parse(
        original: Callable[..., list[dict[str, Any]]], params: Params, prefix: str
    ) -> list[dict[str, Any]]:
        rules = original(params, prefix)
        for number, rule in enumerate(rules, 1):
            named = range(1, len(params) + 1)
            ids = [ec2._p(params, f"{prefix}.{number}.PrefixListIds.{each}.PrefixListId") for each in named]
            words = [ec2._p(params, f"{prefix}.{number}.PrefixListIds.{each}.Description") for each in named]
            rule["PrefixListIds"] = [
                {"PrefixListId": found, **({"Description": said} if said else {})}
                for found, said in zip(ids, words, strict=True)
                if found
            ]
        return rules

    def tell(
        original: Callable[..., str], group: str, rule: Mapping[str, Any], is_egress: bool = False
    ) -> str:
        lists = "".join(
            f"<prefixListId>{each['PrefixListId']}</prefixListId>" for each in rule["PrefixListIds"]
        )
        return original(group, rule, is_egress=is_egress).replace("</toPort>", f"</toPort>{lists}")

    wrap(ec2, "_parse_ip_permissions", parse)
    wrap(ec2, "_sg_rule_xml", tell)


def rules_of_every_protocol() -> None:
    """Upstream compares rules for all protocols by their ports, which have no meaning there.

    The provider revokes the rule that allows all egress in each new group, and sends the ports 0 to 0.
    """

    def parse(
        original: Callable[..., list[dict[str, Any]]], params: Params, prefix: str
    ) -> list[dict[str, Any]]:
        rules = original(params, prefix)
        for rule in rules:
            if rule["IpProtocol"] == "-1":
                rule.pop("FromPort", None)
                rule.pop("ToPort", None)
        return rules

    wrap(ec2, "_parse_ip_permissions", parse)


def nat_addresses() -> None:
    """Upstream's NAT gateways take no address, so an address never becomes associated.

    On AWS it does, after Terraform has read it.
    """

    def create(original: Callable[..., Response], params: Params) -> Response:
        before = set(ec2._nat_gateways)
        response = original(params)
        for made in set(ec2._nat_gateways) - before:
            _associate(ec2._nat_gateways[made])
        return _with_nat_addresses(response)

    def describe(original: Callable[..., Response], params: Params) -> Response:
        return _with_nat_addresses(original(params))

    def delete(original: Callable[..., Response], params: Params) -> Response:
        address = _address_of(ec2._nat_gateways.get(ec2._p(params, "NatGatewayId"), {}))
        response = original(params)
        if address:
            address.update({"AssociationId": None, "NetworkInterfaceId": None, "PrivateIpAddress": None})
        return response

    def describe_addresses(original: Callable[..., Response], params: Params) -> Response:
        status, headers, body = original(params)
        for address in ec2._addresses.values():
            if address["NetworkInterfaceId"]:
                known = f"<associationId>{address['AssociationId']}</associationId>"
                details = (
                    f"<networkInterfaceId>{address['NetworkInterfaceId']}</networkInterfaceId>"
                    f"<privateIpAddress>{address['PrivateIpAddress']}</privateIpAddress>"
                )
                body = body.replace(known.encode(), (known + details).encode())
        return status, headers, body

    wrap(ec2, "_create_nat_gateway", create)
    wrap(ec2, "_describe_nat_gateways", describe)
    wrap(ec2, "_delete_nat_gateway", delete)
    wrap(ec2, "_describe_addresses", describe_addresses)


def _associate(gateway: dict[str, Any]) -> None:
    """Associate a gateway's address. If another has it, the gateway fails, as on AWS after its creation."""
    address = ec2._addresses.get(gateway["AllocationId"])
    if address is None:
        return
    if address["AssociationId"]:
        gateway["State"] = "failed"
        return
    subnet = ip_network(ec2._subnets[gateway["SubnetId"]]["CidrBlock"])
    taken = {each["PrivateIpAddress"] for each in ec2._addresses.values()}
    # AWS reserves the first four addresses of a subnet.
    free = next(str(host) for number, host in enumerate(subnet) if number > 3 and str(host) not in taken)
    address["AssociationId"] = f"eipassoc-{token_hex(9)[:17]}"
    address["NetworkInterfaceId"] = f"eni-{token_hex(9)[:17]}"
    address["PrivateIpAddress"] = free


def _address_of(gateway: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the address that is associated with a gateway; None if it has none."""
    address: dict[str, Any] | None = ec2._addresses.get(gateway.get("AllocationId", ""))
    return address if gateway.get("State") == "available" else None


def _with_nat_addresses(response: Response) -> Response:
    """Return the reply with each gateway's address in place of upstream's empty set."""
    status, headers, body = response
    first, *rest = body.decode().split("<natGatewayId>")
    filled = []
    for part in rest:
        gateway = ec2._nat_gateways.get(part.partition("<")[0], {})
        address = _address_of(gateway)
        items = ""
        if address and address["AssociationId"]:
            items = (
                f"<item><allocationId>{address['AllocationId']}</allocationId>"
                f"<associationId>{address['AssociationId']}</associationId>"
                f"<networkInterfaceId>{address['NetworkInterfaceId']}</networkInterfaceId>"
                f"<privateIp>{address['PrivateIpAddress']}</privateIp>"
                f"<publicIp>{address['PublicIp']}</publicIp>"
                "<isPrimary>true</isPrimary><status>succeeded</status></item>"
            )
        told = f"<natGatewayAddressSet>{items}</natGatewayAddressSet>"
        filled.append(part.replace("<natGatewayAddressSet/>", told))
    return status, headers, "<natGatewayId>".join([first, *filled]).encode()


def _with_details(original: Callable[..., str], endpoint: Mapping[str, Any], tag: str = "item") -> str:
    known = {group: ec2._security_groups.get(group, {}) for group in endpoint.get("SecurityGroupIds", [])}
    groups = "".join(
        f"<item><groupId>{group}</groupId><groupName>{record.get('GroupName', '')}</groupName></item>"
        for group, record in known.items()
    )
    private_dns = str(endpoint.get("PrivateDnsEnabled", False)).lower()
    details = f"<privateDnsEnabled>{private_dns}</privateDnsEnabled><groupSet>{groups}</groupSet>"
    return original(endpoint, tag=tag).replace("<state>", f"{details}<state>", 1)


def _described(root: str, xml: str) -> Response:
    response: Response = ec2._xml(200, root, xml)
    return response
