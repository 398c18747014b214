"""Turn the messages of one plan or apply into short progress lines, and keep what is needed afterwards."""

from collections.abc import Callable, Mapping
from typing import Any

from wrapper.terraform.messages import (
    Diagnostic,
    PlannedChange,
    read_line,
    read_planned_change,
    read_summary,
)
from wrapper.terraform.plan import Summary

Progress = Callable[[str], None]

_INTERRUPTED = "interrupted: terraform ends its current steps and releases the lock (Ctrl-C again kills it)"

_DOING = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading"}
_DONE = {"create": "created", "update": "changed", "delete": "destroyed", "read": "read"}


class Report:
    """Collect one run's diagnostics, summary and planned changes; report each step to `progress`.

    `is_whole` once the summary has arrived, with which a plan or an apply ends. With `total` (the number of
    steps of the apply) the lines count: `aws_lb.web: creating 30s (12/38)`.
    """

    def __init__(self, progress: Progress, *, total: int = 0) -> None:
        self.summary = Summary()
        self.is_whole = False
        self._diagnostics: dict[Diagnostic, None] = {}
        self._changes: list[PlannedChange] = []
        self._progress = progress
        self._total = total
        self._done = 0

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self._diagnostics if each.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self._diagnostics if each.severity == "warning")

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        return tuple(self._changes)

    def line(self, text: str) -> None:
        message = read_line(text)
        if message is None:
            return
        match message["type"]:
            case "diagnostic":
                # terraform repeats some, such as one "execution halted" per resource in progress
                self._diagnostics.setdefault(Diagnostic.read(message["diagnostic"]))
            case "change_summary":
                self.summary, self.is_whole = read_summary(message), True
            case "planned_change" if not self._total:
                self._changes.append(read_planned_change(message))
            case "state_lock_acquire":
                self._progress("waiting for the state's lock")
            case "refresh_complete":
                self._progress(f"{message['hook']['resource']['addr']}: refreshed")
            case "apply_start" | "apply_progress" | "apply_complete" | "apply_errored":
                self._step(message["type"], message["hook"])

    def interrupted(self) -> None:
        self._progress(_INTERRUPTED)

    def _step(self, kind: str, hook: Mapping[str, Any]) -> None:
        action = hook["action"]
        doing, done = _DOING.get(action, action), _DONE.get(action, action)
        seconds = hook.get("elapsed_seconds", 0)
        if kind == "apply_complete" and action != "read":
            self._done += 1
        text = {
            "apply_start": doing,
            "apply_progress": f"{doing} {seconds}s",
            "apply_complete": f"{done} in {seconds}s",
            "apply_errored": f"{doing} failed after {seconds}s",
        }[kind]
        count = f" ({self._done}/{self._total})" if self._total else ""
        self._progress(f"{hook['resource']['addr']}: {text}{count}")
