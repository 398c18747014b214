"""What a plan and an apply leave behind."""

from dataclasses import dataclass
from pathlib import Path

from wrapper.terraform.messages import Diagnostic, PlannedChange
from wrapper.terraform.plan import Summary


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """A saved plan and what it would change; `has_changes` also counts outputs.

    A `preview` was made without the real state: it can be shown, but not applied.
    """

    stack: str
    path: Path
    has_changes: bool
    summary: Summary
    changes: tuple[PlannedChange, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    destroy: bool = False
    preview: bool = False
