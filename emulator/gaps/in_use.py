"""Refusals that ministack lacks: AWS deletes nothing that is in use, so a wrong order must fail."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from ministack.services import acm, alb, ec2, ecs, eventbridge, waf

from emulator.alb.forwards import groups_in_use
from emulator.patching import wrap
from emulator.replies import Response, as_error

Params = Mapping[str, Any]
_GONE = ("deleted", "failed")


def addresses_in_use() -> None:
    """Upstream releases an address that a NAT gateway uses, and removes a missing association."""

    def release(original: Callable[..., Response], params: Params) -> Response:
        address = ec2._addresses.get(ec2._p(params, "AllocationId"), {})
        if address.get("AssociationId"):
            return _refused("InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use.")
        return original(params)

    def disassociate(original: Callable[..., Response], params: Params) -> Response:
        asked = ec2._p(params, "AssociationId")
        if asked not in [each["AssociationId"] for each in ec2._addresses.values()]:
            return _refused("InvalidAssociationID.NotFound", f"The association ID '{asked}' does not exist")
        return original(params)

    wrap(ec2, "_release_address", release)
    wrap(ec2, "_disassociate_address", disassociate)


def networks_in_use() -> None:
    """Upstream deletes subnets, security groups and route tables that are in use, and attached gateways."""

    def guarded(name: str, key: str, users: Callable[[str], Iterator[str]], kind: str) -> None:
        def delete(original: Callable[..., Response], params: Params) -> Response:
            asked = ec2._p(params, key)
            if next(users(asked), None):
                return _refused(
                    "DependencyViolation", f"The {kind} '{asked}' has dependencies and cannot be deleted."
                )
            return original(params)

        wrap(ec2, name, delete)

    def detach(original: Callable[..., Response], params: Params) -> Response:
        vpc = ec2._p(params, "VpcId")
        if next(_public_in(vpc), None):
            return _refused(
                "DependencyViolation",
                f"Network {vpc} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway.",
            )
        return original(params)

    guarded("_delete_subnet", "SubnetId", _users_of_subnet, "subnet")
    guarded("_delete_security_group", "GroupId", _users_of_group, "resource")
    guarded("_delete_internet_gateway", "InternetGatewayId", _networks_of_gateway, "internetGateway")
    guarded("_delete_route_table", "RouteTableId", _subnets_of_table, "routeTable")
    wrap(ec2, "_detach_internet_gateway", detach)


def overlapping_subnets() -> None:
    """Upstream creates subnets that overlap, or that are outside of their VPC."""

    def create(original: Callable[..., Response], params: Params) -> Response:
        vpc, cidr = ec2._p(params, "VpcId"), ec2._p(params, "CidrBlock")
        if vpc in ec2._vpcs and cidr:
            wanted = IPv4Network(cidr)
            if not wanted.subnet_of(IPv4Network(ec2._vpcs[vpc]["CidrBlock"])):
                return _refused("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
            others = [each for each in ec2._subnets.values() if each["VpcId"] == vpc]
            if any(wanted.overlaps(IPv4Network(each["CidrBlock"])) for each in others):
                return _refused("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")
        return original(params)

    wrap(ec2, "_create_subnet", create)


def balancers_in_use() -> None:
    """Upstream deletes used target groups and protected load balancers, and allows two listeners a port."""

    def delete_group(original: Callable[..., Response], params: Params) -> Response:
        group = alb._p(params, "TargetGroupArn")
        if group in groups_in_use():
            return _refused_by_elb(
                "ResourceInUse", f"Target group '{group}' is currently in use by a listener or a rule"
            )
        return original(params)

    def delete_balancer(original: Callable[..., Response], params: Params) -> Response:
        balancer = alb._p(params, "LoadBalancerArn")
        protection = {"Key": "deletion_protection.enabled", "Value": "true"}
        if protection in alb._lb_attrs.get(balancer, []):
            return _refused_by_elb(
                "OperationNotPermitted",
                f"Load balancer '{balancer}' cannot be deleted because deletion protection is enabled",
            )
        for arn in [arn for arn, each in alb._listeners.items() if each["LoadBalancerArn"] == balancer]:
            alb._delete_listener(
                {"ListenerArn": [arn]}
            )  # as on AWS, so that their groups are no longer in use
        return original(params)

    def create_listener(original: Callable[..., Response], params: Params) -> Response:
        place = (alb._p(params, "LoadBalancerArn"), int(alb._p(params, "Port", "80") or 80))
        if place in [(each["LoadBalancerArn"], each["Port"]) for each in alb._listeners.values()]:
            return _refused_by_elb(
                "DuplicateListener",
                f"A listener already exists on this port for this load balancer '{place[0]}'",
            )
        return original(params)

    wrap(alb, "_delete_tg", delete_group)
    wrap(alb, "_delete_lb", delete_balancer)
    wrap(alb, "_create_listener", create_listener)


def certificates_in_use() -> None:
    """Upstream deletes a certificate that a listener uses."""

    def delete(original: Callable[..., Response], data: Params) -> Response:
        arn = data.get("CertificateArn", "")
        lists = ("Certificates", "FurtherCertificates")
        if any(arn in str([each.get(name) for name in lists]) for each in alb._listeners.values()):
            return as_error("ResourceInUseException", f"Certificate {arn} is in use.")
        return original(data)

    wrap(acm, "_delete_certificate", delete)


def clusters_in_use() -> None:
    """Upstream deletes a cluster with services and tasks in it."""

    def delete(original: Callable[..., Response], data: Params) -> Response:
        cluster = ecs._clusters.get(ecs._resolve_cluster_name(data.get("cluster", "default")), {})
        arn = cluster.get("clusterArn")
        if any(each["clusterArn"] == arn and each["status"] == "ACTIVE" for each in ecs._services.values()):
            return as_error(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(each["clusterArn"] == arn and each["lastStatus"] != "STOPPED" for each in ecs._tasks.values()):
            return as_error(
                "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
            )
        return original(data)

    wrap(ecs, "_delete_cluster", delete)


def rules_in_use() -> None:
    """Upstream deletes a rule with its targets."""

    def delete(original: Callable[..., Response], data: Params) -> Response:
        if eventbridge._targets.get(
            eventbridge._rule_key(data.get("Name"), data.get("EventBusName", "default"))
        ):
            return as_error("ValidationException", "Rule can't be deleted since it has targets.")
        return original(data)

    wrap(eventbridge, "_delete_rule", delete)


def web_acls_in_use() -> None:
    """Upstream deletes a web ACL that is associated with a resource."""

    def delete(original: Callable[..., Response], data: Params) -> Response:
        acl = waf._web_acls.get(data.get("Id", ""), {})
        if acl and acl["ARN"] in waf._associations.values():
            return as_error(
                "WAFAssociatedItemException",
                "AWS WAF couldn't perform the operation because your resource is being used by another "
                "resource or it's associated with another resource.",
            )
        return original(data)

    wrap(waf, "_delete_web_acl", delete)


def _users_of_subnet(subnet: str) -> Iterator[str]:
    for gateway in ec2._nat_gateways.values():
        if gateway["SubnetId"] == subnet and gateway["State"] not in _GONE:
            yield gateway["NatGatewayId"]
    yield from (arn for arn, each in alb._lbs.items() if subnet in each["Subnets"])
    yield from (each for each, one in ec2._vpc_endpoints.items() if subnet in one.get("SubnetIds", []))
    for arn, task in ecs._tasks.items():
        if task["lastStatus"] != "STOPPED" and {"name": "subnetId", "value": subnet} in [
            detail for attachment in task.get("attachments", []) for detail in attachment["details"]
        ]:
            yield arn


def _users_of_group(group: str) -> Iterator[str]:
    yield from (arn for arn, each in alb._lbs.items() if group in each["SecurityGroups"])
    yield from (one for one, each in ec2._vpc_endpoints.items() if group in each.get("SecurityGroupIds", []))
    for other, record in ec2._security_groups.items():
        rules = (*record["IpPermissions"], *record["IpPermissionsEgress"])
        pairs = [pair for rule in rules for pair in rule.get("UserIdGroupPairs", [])]
        if other != group and any(pair.get("GroupId") == group for pair in pairs):
            yield other
    for arn, service in ecs._services.items():
        network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
        if service.get("runningCount") and group in network.get("securityGroups", []):
            yield arn


def _networks_of_gateway(gateway: str) -> Iterator[str]:
    for attachment in ec2._internet_gateways.get(gateway, {}).get("Attachments", []):
        yield attachment["VpcId"]


def _subnets_of_table(table: str) -> Iterator[str]:
    for association in ec2._route_tables.get(table, {}).get("Associations", []):
        yield association["RouteTableAssociationId"]


def _public_in(vpc: str) -> Iterator[str]:
    """Yield what has public addresses in a VPC."""
    for gateway in ec2._nat_gateways.values():
        if gateway["VpcId"] == vpc and gateway["State"] not in _GONE and gateway["AllocationId"]:
            yield gateway["NatGatewayId"]
    for arn, balancer in alb._lbs.items():
        places = {ec2._subnets[each]["VpcId"] for each in balancer["Subnets"] if each in ec2._subnets}
        if vpc in places and balancer["Scheme"] == "internet-facing":
            yield arn


def _refused(code: str, message: str) -> Response:
    response: Response = ec2._error(code, message, 400)
    return response


def _refused_by_elb(code: str, message: str) -> Response:
    response: Response = alb._error(code, message)
    return response
