"""The hosted zone of an environment's names: a user's account has it, the emulator begins without."""

from wrapper.aws.client import Aws, Caller, explained, key_of_role
from wrapper.sandbox.recording import ASIDE


def ensure_zone(aws: Aws, *, zone_id: str, zone_name: str) -> None:
    """Make the zone with that very id: the emulator takes a reference of this form for one.

    A known reference creates nothing. The call does not count as the deployer's.
    """
    key = key_of_role(Caller("sandbox", ASIDE), of=aws.credentials) if aws.credentials else None
    owner = Aws(region=aws.region, endpoint_url=aws.endpoint_url, credentials=key)
    with explained():
        owner.route53.create_hosted_zone(Name=zone_name, CallerReference=zone_id)
