"""Collectors of what is in front of a load balancer: certificates, DNS records, web ACLs."""

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.aws.client import Aws, code_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

# The domains that ACM's validation records point to; the second is the emulator's.
_PROOFS = (".acm-validations.aws.", ".acm.amazonaws.com.")


@collects(
    Kind(
        "acm",
        "certificate",
        arns=("acm:certificate",),
        types=("aws_acm_certificate", "aws_acm_certificate_validation"),
    )
)
def certificates(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List certificates by their tags: their names are hosts, which don't contain the environment."""
    for page in aws.acm.get_paginator("list_certificates").paginate():
        for item in page["CertificateSummaryList"]:
            name, arn = item.get("DomainName", ""), item.get("CertificateArn", "")
            if scope.owns("", arn=arn):
                yield Resource(service="acm", kind="certificate", name=name, arn=arn)


@collects(
    Kind(
        "wafv2",
        "web ACL",
        arns=("wafv2:regional",),
        types=("aws_wafv2_web_acl", "aws_wafv2_web_acl_association"),
    )
)
def web_acls(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the region's web ACLs. botocore has no paginator for this call, which continues by NextMarker."""
    marker: dict[str, Any] = {}
    while True:
        page = aws.wafv2.list_web_acls(Scope="REGIONAL", **marker)
        for item in page["WebACLs"]:
            name, arn = item.get("Name", ""), item.get("ARN", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="wafv2", kind="web ACL", name=name, arn=arn)
        if not page.get("NextMarker") or not page["WebACLs"]:
            return
        marker = {"NextMarker": page["NextMarker"]}


@collects(Kind("route53", "record", types=("aws_route53_record",)))
def records(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the environment's records in its hosted zone, which also has records of others.

    Records have no tags. An alias belongs to the environment if it points to its load balancer, a validation
    record if it is for one of its hosts.
    """
    from botocore.exceptions import ClientError

    if scope.zone_id is None:
        return
    try:
        for page in aws.route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=scope.zone_id
        ):
            for item in page["ResourceRecordSets"]:
                if leads_here(scope, item) or proves(scope, item):
                    name = f"{item['Type']} {item['Name'].removesuffix('.')}"
                    arn = f"{scope.zone_id}/{item['Name']}/{item['Type']}"
                    yield Resource(service="route53", kind="record", name=name, arn=arn)
    except ClientError as error:
        if code_of(error) != "NoSuchHostedZone":
            raise


def leads_here(scope: Scope, item: Mapping[str, Any]) -> bool:
    """Return whether it is an alias of a load balancer of the environment."""
    target = str(item.get("AliasTarget", {}).get("DNSName", "")).removeprefix("dualstack.")
    return target.removeprefix("internal-").startswith(f"{scope.prefix}-") and ".elb." in target


def proves(scope: Scope, item: Mapping[str, Any]) -> bool:
    """Return whether it is `_<hash>.<host>`, ACM's validation record; a wildcard has that of its domain."""
    challenge, _, host = item["Name"].removesuffix(".").partition(".")
    values = [record["Value"].removesuffix(".") + "." for record in item.get("ResourceRecords", [])]
    hosts = {name.lower().removeprefix("*.") for name in scope.hosts}
    return challenge.startswith("_") and host in hosts and any(value.endswith(_PROOFS) for value in values)
