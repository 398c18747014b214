"""The hosted zone of an environment's names: a user's account has it, the emulator begins without."""

from wrapper.aws.client import Aws, explained


def ensure_zone(aws: Aws, *, zone_id: str, zone_name: str) -> None:
    """Make the zone with that very id: the emulator takes a reference of this form for one.

    A reference that it knows already makes nothing.
    """
    with explained():
        aws.route53.create_hosted_zone(Name=zone_name, CallerReference=zone_id)
