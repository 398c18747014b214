"""What somebody has agreed to although a rule of the plan review objects."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from wrapper.environment.block import Block, Fault, RefusedError, must
from wrapper.errors import meant

RuleName = Literal[
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
    """Say what a name must be that is no rule's, with the nearest one, or all of them; "" for one that is."""
    if name in RULES:
        return ""
    return f"be a rule of the review ({meant(name, RULES).removesuffix('.')})"


def _is_rule(name: str) -> str:
    if rule := rule_named(name):
        raise RefusedError([Fault("", rule)])
    return name


Rule = Annotated[str, AfterValidator(_is_rule)]
Reason = Annotated[
    str, must("say why, on one line", lambda text: text.strip() and len(text.splitlines()) == 1)
]


class Review(Block):
    allow: Mapping[Rule, Reason] = Field(
        default={}, description="Rules that may not stop an apply here: name to the reason, which is shown."
    )
