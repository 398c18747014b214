"""What a plan and an apply leave behind."""

from dataclasses import dataclass
from pathlib import Path

from wrapper.terraform.messages import Diagnostic, PlannedChange
from wrapper.terraform.plan import Summary


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """Point to a saved plan and say what it would do; `has_changes` also counts outputs.

    A `preview` was made without the real state and can be shown, not applied.
    """

    stack: str
    path: Path
    has_changes: bool
    summary: Summary
    changes: tuple[PlannedChange, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    destroy: bool = False
    preview: bool = False
