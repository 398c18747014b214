"""What ministack's Route 53 lacks."""

import re
from collections.abc import Callable
from typing import Any

from ministack.services import route53

from emulator.patching import wrap
from emulator.replies import Response

_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")


def changes_in_sync() -> None:
    """Upstream reports a change as pending at first, so Terraform waits 15 s for every record."""

    def change(original: Callable[..., dict[str, Any]], comment: str = "") -> dict[str, Any]:
        made = original(comment)
        made["status"] = "INSYNC"
        return made

    wrap(route53, "_new_change", change)


def zones_by_reference() -> None:
    """Upstream generates the ids of zones; here a caller reference in the form of an id becomes the id.

    An environment names its zone by id, so the sandbox needs a zone with the id from the user's account.
    """

    def create(original: Callable[..., Response], body: bytes, query: Any) -> Response:
        before = set(route53._zones)
        response = original(body, query)
        for made in set(route53._zones) - before:
            _rename(made, route53._zones[made]["caller_reference"])
        return response

    wrap(route53, "_create_hosted_zone", create)


def _rename(old: str, new: str) -> None:
    if not _ZONE_ID.fullmatch(new):
        return
    with route53._lock:
        zone = route53._zones.pop(old)
        zone["id"] = new
        route53._zones[new] = zone
        route53._records[new] = route53._records.pop(old)
        route53._caller_refs[new] = new
