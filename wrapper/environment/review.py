"""The allowed findings of the plan review, and the limits of some rules."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from wrapper.environment.block import Block, Fault, RefusedError, must
from wrapper.errors import meant

RuleName = Literal[
    "answers-change",
    "by-hand",
    "cannot-pull",
    "check",
    "data-loss",
    "few-healthy",
    "iam-wildcard",
    "image-not-pinned",
    "interruption",
    "larger-size",
    "late-rollout",
    "nat-added",
    "open-door",
    "plain-http",
    "rollback-expires",
    "service-removed",
    "single-task",
    "steep-cost",
    "way-out",
]
RULES: tuple[str, ...] = get_args(RuleName)


def rule_named(name: str) -> str:
    """Say what a rule's name must be, with the nearest one, or all of them; "" for a known name."""
    if name in RULES:
        return ""
    return f"be a rule of the review ({meant(name, RULES).removesuffix('.')})"


def _is_rule(name: str) -> str:
    if rule := rule_named(name):
        raise RefusedError([Fault("", rule)])
    return name


Rule = Annotated[str, AfterValidator(_is_rule)]
Reason = Annotated[
    str, must("have a reason, on one line", lambda text: text.strip() and len(text.splitlines()) == 1)
]


Overlap = Annotated[
    float | None,
    Field(ge=0, le=1, description="Least overlap@10, the mean of the users that both know."),
]
UsersLost = Annotated[
    float | None,
    Field(ge=0, le=1, description="Largest share of the old one's users whom the new one does not know."),
]


class ListLimits(Block):
    """How much users' lists may differ from those before; null sets no limit."""

    overlap: Overlap = None
    rbo: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least rank-biased overlap of their top 10, the mean of the same users.",
    )
    changed: float | None = Field(
        default=None, ge=0, le=1, description="Largest share of the same users whose top 10 changed."
    )
    users_lost: UsersLost = None


class AnswerLimits(ListLimits):
    """How much a new model's answers may differ from the old one's."""

    items_lost: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Largest share of the old model's items that the new one does not know.",
    )


class AnswerWarnings(AnswerLimits):
    overlap: Overlap = 0.5
    users_lost: UsersLost = 0.05


class AnswersChange(Block):
    warn: AnswerWarnings = Field(
        default=AnswerWarnings(), description="Beyond these limits the review warns."
    )
    block: AnswerLimits = Field(
        default=AnswerLimits(),
        description="Beyond these limits nothing is applied unless somebody allows it.",
    )

    @property
    def blocks(self) -> bool:
        """Return whether a change of the answers could block an apply."""
        return self.block != AnswerLimits()


class Review(Block):
    answers_change: AnswersChange | None = Field(
        default=AnswersChange(),
        description="How far a new model version's answers may be from the old one's; null does not compare "
        "them.",
    )
    allow: Mapping[Rule, Reason] = Field(
        default={}, description="Rules that do not stop an apply here: name to the reason, which is shown."
    )
