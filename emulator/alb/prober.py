"""Probe every target at the interval of its target group's health check."""

import asyncio
import time

from emulator.alb.exchange import Broken, Exchange, Refused, Request, TimedOut
from emulator.alb.forwards import groups_in_use
from emulator.alb.registry import TARGETS
from emulator.alb.target import Check, Outcome, State, Target, check_of

_LOOK_SECONDS = 0.1


async def run() -> None:
    """Probe until cancelled."""
    probes: set[asyncio.Task[None]] = set()
    while True:
        for check, target in _due(time.monotonic()):
            target.next_probe_at = float("inf")
            probe = asyncio.create_task(_probe(check, target))
            probes.add(probe)
            probe.add_done_callback(probes.discard)
        await asyncio.sleep(_LOOK_SECONDS)


def _due(now: float) -> list[tuple[Check, Target]]:
    used = groups_in_use()
    due = []
    for group_arn in TARGETS.groups():
        group = used.get(group_arn)
        for target in TARGETS.targets(group_arn) if group else ():
            if target.state is not State.DRAINING and target.next_probe_at <= now:
                due.append((check_of(group or {}), target))
    return due


async def _probe(check: Check, target: Target) -> None:
    target.start_checking()
    try:
        target.observe(await _look(check, target), check, time.monotonic())
    finally:
        # Even after an unexpected error, the target must be probed again.
        target.next_probe_at = min(target.next_probe_at, time.monotonic() + check.interval_seconds)


async def _look(check: Check, target: Target) -> Outcome:
    port = check.port or target.port
    if not await TARGETS.answers_itself(target.address, port):
        return Outcome()
    headers = [("host", f"{target.address}:{port}"), ("user-agent", "ELB-HealthChecker/2.0")]
    try:
        async with asyncio.timeout(check.timeout_seconds):
            exchange = await Exchange.open(
                target.address,
                port,
                Request(method="GET", target=check.path, headers=headers),
                connect_seconds=check.timeout_seconds,
                idle_seconds=check.timeout_seconds,
            )
            exchange.close()
            return Outcome(status=exchange.status)
    except (TimedOut, TimeoutError):
        return Outcome(timed_out=True)
    except (Refused, Broken):
        return Outcome()
