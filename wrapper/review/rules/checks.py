"""Advice from the stacks' own check blocks."""

from collections.abc import Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.terraform.plan import Plan

_PAGE = "https://developer.hashicorp.com/terraform/language/block/check"


def failed_check(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Return every check and condition that does not hold."""
    for check in plan.failed_checks:
        for message in check.messages:
            yield Finding(rule="check", level=Level.NOTE, address=check.address, sentence=message, page=_PAGE)
