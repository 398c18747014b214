"""Resources that AWS lists without a search by name: certificates, web ACLs, keys, DNS records."""

from collections.abc import Mapping

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.unrecorded.kind import Found, Kind, Tags, Values
from wrapper.terraform.unrecorded.named import or_none


def _certificate(aws: Aws, values: Values) -> Found | None:
    """Find the certificate of a host, if it can still be issued or used."""
    asked = ["ISSUED", "PENDING_VALIDATION"]
    for page in aws.acm.get_paginator("list_certificates").paginate(CertificateStatuses=asked):  # type: ignore[arg-type]
        for each in page["CertificateSummaryList"]:
            arn = each.get("CertificateArn", "")
            if each.get("DomainName") == values["domain_name"]:
                tags = tags_of(aws.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"])
                if _is_of(tags, values):
                    return Found(arn, tags, (arn,))
    return None


def _is_of(tags: Tags, values: Values) -> bool:
    return all(tags.get(key) == value for key, value in values["tags_all"].items())


def _web_acl(aws: Aws, values: Values) -> Found | None:
    marker: dict[str, str] = {}
    while True:
        page = aws.wafv2.list_web_acls(Scope="REGIONAL", **marker)  # type: ignore[arg-type]
        for each in page["WebACLs"]:
            if each.get("Name") == values["name"]:
                arn, name = each["ARN"], each["Id"]
                told = aws.wafv2.list_tags_for_resource(ResourceARN=arn)["TagInfoForResource"]
                return Found(f"{name}/{values['name']}/REGIONAL", tags_of(told["TagList"]), (arn, name))
        if not page.get("NextMarker") or not page["WebACLs"]:
            return None
        marker = {"NextMarker": page["NextMarker"]}


def _alias(aws: Aws, values: Values) -> Found | None:
    """Find a key's alias, whose tags are the key's."""
    for page in aws.kms.get_paginator("list_aliases").paginate(KeyId=values["target_key_id"]):
        for each in page["Aliases"]:
            if each.get("AliasName") == values["name"]:
                return Found(values["name"], _of_key(aws, values["target_key_id"]), (each["AliasArn"],))
    return None


def _key(aws: Aws, values: Values) -> Found | None:
    """Find a key by its description: until its alias exists it has no name."""
    for page in aws.kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            told = aws.kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]
            if told.get("Description") == values["description"] and told.get("KeyState") == "Enabled":
                return Found(each["KeyId"], _of_key(aws, each["KeyId"]), (each["KeyId"], each["KeyArn"]))
    return None


def _of_key(aws: Aws, key: str) -> Tags:
    return {each["TagKey"]: each["TagValue"] for each in aws.kms.list_resource_tags(KeyId=key)["Tags"]}


def _record(aws: Aws, values: Values) -> Found | None:
    """Find a record that leads to the right load balancer; records have no tags."""
    [alias] = values["alias"] or [None]
    if alias is None or not isinstance(alias["name"], str):
        return None
    zone, name, kind = values["zone_id"], values["name"], values["type"]
    found = aws.route53.list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )["ResourceRecordSets"]
    for each in found:
        there = (
            each["Name"].rstrip("."),
            each["Type"],
            _host(each.get("AliasTarget", {}).get("DNSName", "")),
        )
        if there == (name.rstrip("."), kind, _host(alias["name"])):
            return Found(f"{zone}_{name}_{kind}", None)
    return None


def _host(name: str) -> str:
    return name.rstrip(".").removeprefix("dualstack.").lower()


KINDS: Mapping[str, Kind] = {
    "aws_acm_certificate": Kind(("domain_name",), or_none(_certificate)),
    "aws_kms_alias": Kind(("name", "target_key_id"), or_none(_alias)),
    "aws_kms_key": Kind(("description",), or_none(_key)),
    "aws_route53_record": Kind(("zone_id", "name", "type"), or_none(_record)),
    "aws_wafv2_web_acl": Kind(("name",), or_none(_web_acl)),
}
