"""The messages of `terraform … -json`, line by line, as typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.terraform.plan import Summary

_BROKEN_RULES = (
    "Check block assertion failed",
    "Invalid value for variable",
    "Module output value precondition failed",
    "Resource precondition failed",
)


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """One resource that a plan changes; `action` is create, update, replace, delete, move or import.

    `reason` is Terraform's, such as cannot_update, tainted or delete_because_no_resource_config.
    """

    address: str
    action: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One error or warning; `file` is Terraform's, relative to the folder in which it ran."""

    severity: str
    summary: str
    detail: str = ""
    address: str | None = None
    file: str | None = None
    line: int | None = None

    @property
    def broken_rules(self) -> tuple[str, ...]:
        """Return the messages, one per line, of a broken rule; none of anything else."""
        if self.summary not in _BROKEN_RULES:
            return ()
        return tuple(self.detail.partition("\n\nThis was checked by")[0].strip().splitlines())

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Diagnostic":
        place = data.get("range") or {}
        return cls(
            severity=data["severity"],
            summary=data["summary"],
            detail=data.get("detail") or "",
            address=data.get("address"),
            file=place.get("filename"),
            line=(place.get("start") or {}).get("line"),
        )


def read_line(line: str) -> dict[str, Any] | None:
    """Return the message of one line, None for plain text, which terraform sometimes prints in between."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and "type" in message else None


def read_summary(message: Mapping[str, Any]) -> Summary:
    changes = message["changes"]
    return Summary(add=changes["add"], change=changes["change"], destroy=changes["remove"])


def read_planned_change(message: Mapping[str, Any]) -> PlannedChange:
    change = message["change"]
    return PlannedChange(
        address=change["resource"]["addr"], action=change["action"], reason=change.get("reason")
    )
