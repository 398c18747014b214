"""Apply: publish what is in the clone, and deliver it."""

from functools import partial

from wrapper import image
from wrapper.delivery import contents
from wrapper.delivery.applied import Applied
from wrapper.delivery.deliver import deliver
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import Command, Site, enter


def apply(command: Command) -> Applied:
    """Deploy what is in the clone; the verdict may be bad, see `Applied.ok`."""
    refuse_what_aws_would(command)
    engine = image.require_engine(command.environment)
    return deliver(enter(command), partial(_published, engine=engine), operation="apply")


def _published(site: Site, *, engine: image.Engine | None) -> Candidate:
    foundation = site.require_foundation()
    return Candidate(
        environment=site.command.environment,
        contents=contents.published(site, foundation, engine=site.engine or engine),
    )
