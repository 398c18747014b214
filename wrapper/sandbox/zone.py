"""Create the hosted zone of an environment, which exists in a user's account but not in a new emulator."""

from wrapper.aws.client import Aws, Caller, explained, key_of_role
from wrapper.sandbox.recording import ASIDE


def ensure_zone(aws: Aws, *, zone_id: str, zone_name: str) -> None:
    """Create the zone with exactly this id: the emulator uses a caller reference of this form as the id.

    An existing zone is not changed. The call does not count as one of the deployer's.
    """
    key = key_of_role(Caller("sandbox", ASIDE), of=aws.credentials) if aws.credentials else None
    owner = Aws(region=aws.region, endpoint_url=aws.endpoint_url, credentials=key)
    with explained():
        owner.route53.create_hosted_zone(Name=zone_name, CallerReference=zone_id)
