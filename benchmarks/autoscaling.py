"""Tasks follow the load: from 20 to 400 requests a second and back, on a service with `requests_per_target`.

A sandbox of its own, from a copy of this clone. Periods and cooldowns pass `--pace` times as fast as on AWS:

    .venv/bin/python -m benchmarks.autoscaling [--pace 10] [--save benchmarks/results]
"""

import argparse
import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import psutil

from benchmarks.lifecycle import clone
from benchmarks.rig.open_loop import Client, Outcome, arrive
from benchmarks.rig.process import unwind_on_sigterm
from benchmarks.rig.results import Table, save
from wrapper.aws.client import Aws
from wrapper.sandbox import keys
from wrapper.sandbox.settings import PACE

QUIET, BUSY = 20, 400
PER_TARGET = 100
MOST = 6
# AWS's minutes: the time before the load, that to scale out, and to scale in: 15 of the low alarm.
BEFORE, OUT, IN = 3.0, 15.0, 45.0
SERVICE, CLUSTER = "recommender", "recommender-dev"
USERS = 600


@dataclass
class Watch:
    """Reads the service twice a second: seconds since the start, desired and running tasks."""

    aws: Aws
    seen: list[tuple[float, int, int]] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        self.began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    @property
    def tasks(self) -> tuple[int, int]:
        return self.seen[-1][1:] if self.seen else (0, 0)

    def _run(self) -> None:
        while not self._over.is_set():
            [service] = self.aws.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
            self.seen.append((self.now, service["desiredCount"], service["runningCount"]))
            self._over.wait(0.5)


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Reads who uses the CPU: the sender of the load, the load balancer (all of the sandbox), the tasks."""

    sandbox: psutil.Process

    def seconds(self) -> Mapping[str, float]:
        """Return the CPU seconds that each has used so far; for the tasks, those of running ones."""
        return {
            "load": _seconds(psutil.Process()),
            "load balancer": _seconds(self.sandbox),
            "tasks": sum(map(_seconds, self.sandbox.children(recursive=True))),
        }


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Load at a rate until `tasks` run, more of them if it is large, and a minute of AWS's longer."""

    name: str
    rate: int
    tasks: int
    began: float
    ended: float
    reached: float | None
    outcome: Outcome
    cores: Mapping[str, float]

    @property
    def answered(self) -> float:
        """Return the answers a second, until the last one."""
        return len(self.outcome.latencies) / (self.ended - self.began)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pace", type=float, default=10)
    parser.add_argument("--save", type=Path)
    arguments = parser.parse_args()
    os.environ[PACE] = str(arguments.pace)
    unwind_on_sigterm()
    with clone(None) as bench:
        scaling = f"{{min: 1, max: {MOST}, cpu_percent: null, requests_per_target: {PER_TARGET * 60}}}"
        bench.settings += ["--set", f"services.{SERVICE}.scaling={scaling}"]
        bench.wrapper("apply", "dev")
        aws = Aws(
            region="eu-west-1",
            endpoint_url=bench.endpoint,
            credentials=keys.read(bench.work / "sandbox" / "credentials"),
        )
        port = int(next(word for word in bench.settings if "alb_port" in word).partition("=")[2])
        record = json.loads((bench.work / "sandbox" / "sandbox.json").read_text())
        processes = Processes(sandbox=psutil.Process(record["pid"]))
        with Watch(aws) as watch:
            phases = asyncio.run(run(watch, processes, port, arguments.pace))
    found = table(phases, watch, arguments.pace)
    print(found.render())
    if arguments.save:
        save(arguments.save / "autoscaling.json", found)
    is_good = all(each.reached is not None and not each.outcome.failures for each in phases)
    return 0 if is_good else 1


async def run(watch: Watch, processes: Processes, port: int, pace: float) -> list[Phase]:
    client, minute = Client([port]), 60 / pace
    busy = -(-BUSY // PER_TARGET)
    wanted = (("quiet", QUIET, 1, BEFORE), ("busy", BUSY, busy, OUT), ("quiet again", QUIET, 1, IN))
    phases = []
    for name, rate, tasks, most in wanted:
        least = BEFORE if name == "quiet" else 0.0
        before = processes.seconds()
        found = await phase(watch, client, port, name, rate, tasks, least * minute, most * minute, minute)
        passed = found.ended - found.began
        cores = {who: max(0.0, each - before[who]) / passed for who, each in processes.seconds().items()}
        phases.append(replace(found, cores=cores))
    client.close()
    return phases


async def phase(
    watch: Watch,
    client: Client,
    port: int,
    name: str,
    rate: int,
    tasks: int,
    least: float,
    most: float,
    minute: float,
) -> Phase:
    """Load until the tasks run, at least `least` and at most `most` seconds, and a minute longer."""
    began, reached = watch.now, [float("inf")]

    def is_over() -> bool:
        desired, running = watch.tasks
        # 400.1 a second already need one more: a count by the minute is never exact.
        is_enough = running == tasks if rate == QUIET else running >= tasks
        if desired == running and is_enough:
            reached[0] = min(reached[0], watch.now)
        passed = watch.now - began
        return passed >= most or (passed >= least and watch.now >= reached[0] + minute)

    asked = [
        f"GET /?uid={uid} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for uid in range(1, USERS + 1)
    ]
    outcome = await arrive(
        client,
        asked,
        rate=rate,
        until=is_over,
        check=lambda _, body: b'"success":true' in body,
        look_seconds=0,
    )
    when = reached[0] - began if reached[0] < float("inf") else None
    return Phase(
        name=name,
        rate=rate,
        tasks=tasks,
        began=began,
        ended=watch.now,
        reached=when,
        outcome=outcome,
        cores={},
    )


def table(phases: Sequence[Phase], watch: Watch, pace: float) -> Table:
    whose = ("load", "load balancer", "tasks")
    columns = (
        *("load", "asked a second", "answered a second", "tasks", "reached after", "requests", "failed"),
        f"cores: {', '.join(whose)}",
    )
    rows = [
        {
            "load": each.name,
            "asked a second": str(each.rate),
            "answered a second": f"{each.answered:.0f}",
            "tasks": str(_running(watch, each)),
            "reached after": "never" if each.reached is None else f"{each.reached:.0f} s",
            "requests": f"{len(each.outcome.latencies):,}",
            "failed": str(len(each.outcome.failures)),
            columns[-1]: ", ".join(f"{each.cores[who]:.2f}" for who in whose),
        }
        for each in phases
    ]
    figures: dict[str, Any] = {
        "pace": pace,
        "seen": [[round(at, 1), desired, running] for at, desired, running in _corners(watch.seen)],
        "phases": [
            {
                "name": each.name,
                "rate": each.rate,
                "began": each.began,
                "ended": each.ended,
                "reached": each.reached,
                "requests": len(each.outcome.latencies),
                "failed": len(each.outcome.failures),
                "cores": each.cores,
            }
            for each in phases
        ],
    }
    note = (
        f"Periods and cooldowns {'are those of' if pace == 1 else f'pass {pace:g} times as fast as on'} AWS; "
        f"`requests_per_target` is {PER_TARGET * 60} a minute."
    )
    return Table(columns=columns, rows=rows, figures=figures, notes=(note,))


def _corners(seen: Sequence[tuple[float, int, int]]) -> Iterable[tuple[float, int, int]]:
    """Return what was seen before and after each change, which is all of its line in a chart."""
    changes = (pair for pair in pairwise(seen) if pair[0][1:] != pair[1][1:])
    return dict.fromkeys(chain(seen[:1], *changes, seen[-1:]))


def _running(watch: Watch, each: Phase) -> int:
    """Return how many tasks ran at the end of a phase."""
    return [running for at, _, running in watch.seen if at <= each.ended][-1]


if __name__ == "__main__":
    sys.exit(main())
