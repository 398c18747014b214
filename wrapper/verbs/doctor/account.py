"""Whether AWS can be used as the environment file says: region, credentials, account, bucket, hosted zone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, code_of, explained
from wrapper.environment import Dns, Environment
from wrapper.errors import PreconditionError
from wrapper.terraform import state
from wrapper.verbs.doctor.check import Check, checked, unchecked

if TYPE_CHECKING:
    from types_boto3_route53.type_defs import HostedZoneTypeDef


def account_checks(environment: Environment, aws: Aws | None = None) -> Iterator[Check]:
    client = aws or Aws(region=environment.region, owner=environment.account_id)
    yield checked("region", lambda: _region(environment.region))
    credentials = checked("credentials", lambda: f"account {client.account_id()}")
    yield credentials
    if credentials.status != "ok":
        yield unchecked("account_id", "the credentials do not work")
        yield unchecked("state bucket", "the credentials do not work")
        return
    yield checked("account_id", lambda: _account(client, environment.account_id))
    yield checked("state bucket", lambda: _state_bucket(client, environment.state_bucket))
    if dns := environment.dns:
        makes_certificate = environment.alb.certificate_arn is None
        yield checked("hosted zone", lambda: _zone(client, dns, must_be_public=makes_certificate))


def _region(name: str) -> str:
    """Check the region by boto3's own list: no call, no permission."""
    import boto3

    session = boto3.Session()
    partitions = session.get_available_partitions()
    known = {region for each in partitions for region in session.get_available_regions("ecs", each)}
    if name not in known:
        raise PreconditionError(
            f"region must be one with ECS, got {name}.",
            fix="Correct `region` in the environment file; a very new region may need a newer boto3.",
        )
    return name


def _account(aws: Aws, expected: str) -> str:
    actual = aws.account_id()
    if actual != expected:
        raise PreconditionError(
            f"account_id must be that of the credentials, got {expected} in the file and {actual} from AWS.",
            fix="Switch the profile (AWS_PROFILE) or correct account_id in the environment file.",
        )
    return expected


def _state_bucket(aws: Aws, name: str) -> str:
    there = state.bucket_exists(aws, name)
    return f"{name} exists" if there else f"{name} will be created by the first apply"


def _zone(aws: Aws, dns: Dns, *, must_be_public: bool) -> str:
    """Check the hosted zone: nothing else does before an apply, and a wrong zone fails late in it."""
    zone = _hosted_zone(aws, dns.zone_id)
    name = zone["Name"].removesuffix(".")
    if name != dns.zone_name:
        raise PreconditionError(
            f"dns.zone_name must be the name of {dns.zone_id}, {name}, got {dns.zone_name}.",
            fix="Correct `dns` in the environment file.",
        )
    if must_be_public and zone.get("Config", {}).get("PrivateZone"):
        raise PreconditionError(
            f"dns.zone_id must be a public hosted zone (ACM sees no other), got the private {dns.zone_id}.",
            fix="Give `alb.certificate_arn` a certificate that exists, or use a public zone.",
        )
    return f"{name} ({dns.zone_id})"


def _hosted_zone(aws: Aws, zone_id: str) -> "HostedZoneTypeDef":
    from botocore.exceptions import ClientError

    with explained():
        try:
            return aws.route53.get_hosted_zone(Id=zone_id)["HostedZone"]
        except ClientError as error:
            if code_of(error) != "NoSuchHostedZone":
                raise
            raise PreconditionError(
                f"dns.zone_id must be a hosted zone of the account, got {zone_id}.",
                fix="Correct `dns` in the environment file; `aws route53 list-hosted-zones` names them.",
            ) from error
