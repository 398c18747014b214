"""What a command needs of this machine and of its target; each failure says how to fix it."""

from collections.abc import Iterator
from pathlib import Path

from wrapper.environment import Environment
from wrapper.verbs.doctor.account import account_checks
from wrapper.verbs.doctor.check import Check, Status
from wrapper.verbs.doctor.machine import machine_checks
from wrapper.verbs.doctor.ports import sandbox_check

__all__ = ["Check", "Status", "diagnose"]


def diagnose(environment: Environment | None, *, root: Path) -> list[Check]:
    """Check the machine and, if given, what the environment's target needs; changes and starts nothing."""
    return list(_checks(environment, root))


def _checks(environment: Environment | None, root: Path) -> Iterator[Check]:
    yield from machine_checks(environment, root)
    if environment and environment.target == "sandbox":
        yield sandbox_check(environment, root)
    if environment and environment.target == "aws":
        yield from account_checks(environment)
