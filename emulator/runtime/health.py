"""A container's own health check: a command that runs at intervals beside the process."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Health = Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A task definition's health check, with ECS's defaults; all times are in seconds."""

    command: Sequence[str]
    interval: float
    timeout: float
    retries: int
    start_period: float


def check_of(definition: Mapping[str, Any]) -> Check:
    """Read a `healthCheck`: `CMD-SHELL` has a line for the shell, `CMD` has arguments."""
    kind, *words = definition["command"]
    return Check(
        command=["/bin/sh", "-c", " ".join(words)] if kind == "CMD-SHELL" else words,
        interval=float(definition.get("interval") or 30),
        timeout=float(definition.get("timeout") or 5),
        retries=int(definition.get("retries") or 3),
        start_period=float(definition.get("startPeriod") or 0),
    )


def watch(
    check: Check,
    run: Callable[[Sequence[str], float], int],
    *,
    is_running: Callable[[], bool],
    tell: Callable[[Health], None],
) -> None:
    """Run the check while the container runs; `run` gives an exit code or raises TimeoutExpired or OSError.

    The first check is at the start, so that containers that depend on it need not wait for a whole interval.
    """
    started, failures = time.monotonic(), 0
    while is_running():
        if _passes(check, run):
            failures = 0
            tell("HEALTHY")
        elif time.monotonic() - started >= check.start_period:
            failures += 1
            if failures >= check.retries:
                tell("UNHEALTHY")
        time.sleep(check.interval)


def _passes(check: Check, run: Callable[[Sequence[str], float], int]) -> bool:
    try:
        return run(check.command, check.timeout) == 0
    except (subprocess.TimeoutExpired, OSError):
        return False
