"""What a saved plan was made from: enough to say what has changed since, and no secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wrapper.delivery.contents import Contents
from wrapper.delivery.saved.inputs import Origin
from wrapper.terraform.plan import Summary
from wrapper.terraform.state import Position

FORMAT = 2


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """The plan file of one stack; `sha256` is the hash of its bytes."""

    sha256: str
    has_changes: bool
    summary: Summary


@dataclass(frozen=True, kw_only=True)
class Record:
    """`inexact` says why the plan cannot be applied as it is; then it has no `plans`.

    `states` has each stack's state position, None without a state; `contents` are what is to run; `allow` are
    the allowed rules of the review, with the reason; `at` is UTC.
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
