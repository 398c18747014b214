"""One check of the doctor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wrapper.errors import WrapperError

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was found; what fails must be fixed before an apply, a warning may stay."""

    name: str
    status: Status
    detail: str
    fix: str | None = None


def checked(name: str, find: Callable[[], str]) -> Check:
    """Run `find`; a WrapperError that it raises becomes a failure with its fix."""
    try:
        return Check(name=name, status="ok", detail=find())
    except WrapperError as error:
        return Check(name=name, status="fail", detail=error.message, fix=error.fix)


def unchecked(name: str, because: str) -> Check:
    return Check(name=name, status="warn", detail=f"not checked: {because}")
