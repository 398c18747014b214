"""The rules: each reads one plan and returns what is risky, with a page that explains it."""

from collections.abc import Iterable

from wrapper.review.finding import Circumstances, Finding, Rule
from wrapper.review.rules.answers import answers_change
from wrapper.review.rules.by_hand import added, by_hand
from wrapper.review.rules.checks import failed_check
from wrapper.review.rules.downtime import few_healthy, interruption, service_removed, single_task
from wrapper.review.rules.exposure import open_door, plain_http, way_out
from wrapper.review.rules.images import cannot_pull, image_not_pinned
from wrapper.review.rules.loss import data_loss
from wrapper.review.rules.money import larger_size, nat_added
from wrapper.review.rules.permissions import administrator, iam_wildcard, rights_gap
from wrapper.review.rules.requests import lost_requests
from wrapper.review.rules.rollback import rollback_expires
from wrapper.terraform.plan import Plan

RULES: tuple[Rule, ...] = (
    answers_change,
    by_hand,
    data_loss,
    rollback_expires,
    interruption,
    lost_requests,
    rights_gap,
    service_removed,
    few_healthy,
    single_task,
    open_door,
    plain_http,
    way_out,
    iam_wildcard,
    administrator,
    nat_added,
    larger_size,
    image_not_pinned,
    cannot_pull,
    failed_check,
)


def judge(plans: Iterable[Plan], circumstances: Circumstances) -> tuple[Finding, ...]:
    """Apply every rule to every plan; the worst comes first."""
    found = [finding for plan in plans for rule in RULES for finding in rule(plan, circumstances)]
    return tuple(sorted(found, key=lambda finding: finding.rank))


__all__ = [
    "RULES",
    "added",
    "administrator",
    "answers_change",
    "by_hand",
    "cannot_pull",
    "data_loss",
    "failed_check",
    "few_healthy",
    "iam_wildcard",
    "image_not_pinned",
    "interruption",
    "judge",
    "larger_size",
    "lost_requests",
    "nat_added",
    "open_door",
    "plain_http",
    "rights_gap",
    "rollback_expires",
    "service_removed",
    "single_task",
    "way_out",
]
