"""Findings by rule: many findings of one rule are one group."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from wrapper.review.finding import Finding


class Risk(NamedTuple):
    """The findings of one rule and level."""

    first: Finding
    others: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (self.first, *self.others)


def by_rule(findings: Sequence[Finding]) -> tuple[Risk, ...]:
    """Group findings, which are sorted by rank, in their order."""
    groups = (tuple(found) for _, found in groupby(findings, key=lambda each: (each.level, each.rule)))
    return tuple(Risk(first, tuple(others)) for first, *others in groups)
