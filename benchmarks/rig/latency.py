"""Latency at a rate that every server can answer: 200 requests a second, open loop."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from benchmarks.rig import cores, noise
from benchmarks.rig.answers import check
from benchmarks.rig.course import Course
from benchmarks.rig.open_loop import Client, Outcome, arrive
from benchmarks.rig.results import Table
from benchmarks.rig.servers import NAIVE, OURS, Server, Up, running

RATE = 200.0
_USERS = 5_000
# A 99th percentile needs a few thousand arrivals, so a run is longer than one of throughput.
_LONGER = 4


@dataclass(frozen=True, kw_only=True)
class Run:
    """Milliseconds of one server in one round."""

    p50: float
    p99: float
    worst: float
    noise: float
    failed: int


def measure(servers: Sequence[Server], course: Course) -> Table:
    runs: dict[str, list[Run]] = {server.name: [] for server in servers}
    for number in range(course.rounds):
        for server in servers:
            run = _run(server, course, seed=number)
            runs[server.name].append(run)
            course.progress(
                f"round {number + 1}/{course.rounds}  {server.name:24} p50 {run.p50:6.2f} ms"
                f"  p99 {run.p99:7.2f} ms  others {run.noise:4.0%}"
            )
    return _table(runs)


def _run(server: Server, course: Course, *, seed: int) -> Run:
    bench = course.bench
    with running(server, bench, course.work, core=cores.SERVER) as up, cores.on(cores.GENERATOR):
        check(up, bench, seed=seed)
        requests = [server.request(uid).encode(up.port) for uid in bench.users(_USERS, seed)]
        asyncio.run(_load(up, requests, 1, seed))
        return course.patience.run(partial(_timed, up, requests, course.seconds * _LONGER, seed))


def _timed(up: Up, requests: Sequence[bytes], seconds: float, seed: int) -> Run:
    both = (cores.SERVER, cores.GENERATOR)
    watch = noise.Watch(both, lambda: up.process.cpu_seconds + noise.own_cpu_seconds())
    outcome = asyncio.run(_load(up, requests, seconds, seed))
    return Run(
        p50=outcome.percentile(0.5) * 1000,
        p99=outcome.percentile(0.99) * 1000,
        worst=max(outcome.latencies) * 1000,
        noise=watch.others(),
        failed=len(outcome.failures),
    )


async def _load(up: Up, requests: Sequence[bytes], seconds: float, seed: int) -> Outcome:
    client, end = Client([up.port]), time.monotonic() + seconds
    try:
        return await arrive(
            client,
            requests,
            rate=RATE,
            until=lambda: time.monotonic() > end,
            check=lambda _, body: bool(body),
            seed=seed,
        )
    finally:
        client.close()


def _table(runs: dict[str, list[Run]]) -> Table:
    p99 = {name: statistics.median(run.p99 for run in each) for name, each in runs.items()}
    rows = [
        {
            "server": name,
            "p50": f"{statistics.median(run.p50 for run in each):.2f} ms",
            "p99": f"{p99[name]:.2f} ms",
            "p99 by round": " ".join(f"{run.p99:.2f}" for run in each),
            "slowest": f"{max(run.worst for run in each):.1f} ms",
            "failed": str(sum(run.failed for run in each)),
        }
        for name, each in runs.items()
    ]
    notes = [
        f"TOO NOISY: {name}: up to {busy:.0%} of the cores went elsewhere"
        for name, each in runs.items()
        if (busy := max(run.noise for run in each)) > noise.TOO_BUSY
    ]
    if OURS in p99 and NAIVE in p99:
        notes.insert(0, f"p99 of the service is {p99[OURS] / p99[NAIVE]:.2f} × {NAIVE}'s.")
    figures = {name: [asdict(run) for run in each] for name, each in runs.items()}
    return Table(columns=list(rows[0]), rows=rows, figures=figures, notes=notes)
