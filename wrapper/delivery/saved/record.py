"""What a saved plan was made from: enough to say what has moved since, and nothing that is secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wrapper.delivery.contents import Contents
from wrapper.delivery.saved.inputs import Origin
from wrapper.terraform.plan import Summary
from wrapper.terraform.state import Position

FORMAT = 2


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """One stack's plan file; `sha256` is that of its bytes."""

    sha256: str
    has_changes: bool
    summary: Summary


@dataclass(frozen=True, kw_only=True)
class Record:
    """`inexact` says why the plan cannot be applied as it is; then it has no `plans`.

    `states` is where each stack's state was, None where there was none; `contents`
    are what is to run; `allow` are the rules of the review that were allowed, with the reason; `at` is UTC.
    """

    environment: str
    at: str
    origin: Origin
    states: Mapping[str, Position | None]
    contents: Contents
    inexact: tuple[str, ...] = ()
    plans: Mapping[str, SavedPlan] = field(default_factory=dict)
    allow: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
