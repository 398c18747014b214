"""What drift found, as text, as JSON, as an exit code."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wrapper.verbs.drift.outside import Change
from wrapper.verbs.drift.running import Difference

# The exit code if anything differs. Drift takes no lock, so it has no other use of this code.
DRIFTED = 9


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`changes` were made outside Terraform; `running` are services that differ from what was declared."""

    environment: str
    changes: Sequence[Change] = ()
    running: Sequence[Difference] = ()
    notes: Sequence[str] = ()

    @property
    def found(self) -> bool:
        return bool(self.changes or self.running)

    @property
    def summary(self) -> str:
        if not self.found:
            return "no drift"
        return f"{len(self.changes)} changed outside Terraform, {len(self.running)} differ in what runs"

    def text(self) -> str:
        lines = [f"{self.environment}: {self.summary}"]
        lines += [f"  {line}" for change in self.changes for line in change.lines()]
        lines += [f"  {difference}" for difference in self.running]
        lines += [f"· {note}" for note in self.notes]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "drift": self.found,
            "changes": [each.as_json() for each in self.changes],
            "running": [asdict(each) for each in self.running],
            "notes": list(self.notes),
        }
