"""What is in front of a load balancer: certificates, records in a hosted zone, web ACLs."""

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.aws.client import Aws, code_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

# Where ACM's proofs lead; the second is the emulator's.
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
    """List certificates by their tags: their names are hosts, which tell no environment."""
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
    """List the region's web ACLs; this call has no paginator, and says by NextMarker that there are more."""
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
    """List the environment's records in its hosted zone, which is somebody's and holds others' too.

    They have no tags: an alias is ours by the load balancer that it leads to, a proof by the host it is for.
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
    target = str(item.get("AliasTarget", {}).get("DNSName", "")).removeprefix("dualstack.")
    return target.removeprefix("internal-").startswith(f"{scope.prefix}-") and ".elb." in target


def proves(scope: Scope, item: Mapping[str, Any]) -> bool:
    """Say whether it is `_<hash>.<host>`, a proof for ACM; a wildcard's is that of the name below it."""
    challenge, _, host = item["Name"].removesuffix(".").partition(".")
    values = [record["Value"].removesuffix(".") + "." for record in item.get("ResourceRecords", [])]
    hosts = {name.lower().removeprefix("*.") for name in scope.hosts}
    return challenge.startswith("_") and host in hosts and any(value.endswith(_PROOFS) for value in values)
