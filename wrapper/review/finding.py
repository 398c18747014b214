"""What a rule says about a plan."""

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
    """Say what is risky at which address; `page` is the documentation that tells more.

    `allowed` is the reason for which somebody agreed to it by name.
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
    """What of an environment the rules take into account; `disposable` ones may lose what they hold.

    `releases` are those that one may want to go back to, `answers` the services with another model version,
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
