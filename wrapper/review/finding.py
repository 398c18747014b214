"""What a rule finds in a plan."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from wrapper.environment import AnswersChange, RuleName
from wrapper.releases import Release
from wrapper.review.answers import ModelChange
from wrapper.terraform.plan import Plan


class Level(StrEnum):
    """From worst to mildest; the order sorts a review."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is risky at which address; `page` is the documentation with more.

    `allowed` is the reason for which somebody allowed it.
    """

    rule: RuleName
    level: Level
    address: str
    sentence: str
    page: str
    allowed: str | None = None

    @property
    def rank(self) -> tuple[int, str, str]:
        return list(Level).index(self.level), self.rule, self.address


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the rules need to know of an environment; a `disposable` one may lose its data.

    `releases` are those to which somebody may roll back, `answers` the services with another model version,
    `answer_limits` how far its answers may be from the old one's.
    """

    disposable: bool
    model_bucket: str = ""
    releases: tuple[Release, ...] = ()
    answers: tuple[ModelChange, ...] = ()
    answer_limits: AnswersChange | None = None

    def worst_unless_disposable(self) -> Level:
        return Level.WARN if self.disposable else Level.BLOCK


Rule = Callable[[Plan, Circumstances], Iterator[Finding]]
