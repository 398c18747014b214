"""All that was added to the resources of one stack."""

from wrapper.aws.client import Aws, explained
from wrapper.terraform.additions import fronts, identities, network, streams, tasks, triggers
from wrapper.terraform.additions.addition import Addition, States
from wrapper.terraform.additions.data import SETTINGS, of_buckets, of_repositories

_KINDS = (
    *identities.KINDS,
    *network.KINDS,
    of_buckets,
    of_repositories,
    *fronts.KINDS,
    *tasks.KINDS,
    *streams.KINDS,
    *triggers.KINDS,
)
# The attributes, by type, in which a refresh repeats what is checked here.
TOLD = frozenset(
    {
        ("aws_iam_role", "inline_policy"),
        ("aws_iam_role", "managed_policy_arns"),
        ("aws_route_table", "route"),
        *((f"aws_{kind}security_group", way) for kind in ("", "default_") for way in ("ingress", "egress")),
        *(("aws_s3_bucket", each.attribute) for each in SETTINGS),
    }
)


def additions(aws: Aws, states: States, *, stack: str) -> list[Addition]:
    """Return what was added, by address; what any state declares is left out. Raises WrapperError."""
    with explained():
        found = [each for of_kind in _KINDS for each in of_kind(aws, states, stack)]
    return sorted(found, key=lambda each: (each.address, each.attribute, each.sentence))
