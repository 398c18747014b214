"""Requests a second that one core answers, at saturation; every server's answers are checked first."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.rig import cores, noise, wrk
from benchmarks.rig.answers import check
from benchmarks.rig.course import Course
from benchmarks.rig.results import Table
from benchmarks.rig.servers import OURS, Server, Up, running

_USERS = 20_000


@dataclass(frozen=True, kw_only=True)
class Run:
    """One server's run in one round; `busy` is the share of its core that it got."""

    rate: float
    rate_per_cpu_second: float
    busy: float
    failed: int

    @property
    def noise(self) -> float:
        """At saturation the rest of the core went to others, or others slowed the load."""
        return max(0.0, 1 - self.busy)


def measure(servers: Sequence[Server], course: Course) -> Table:
    runs: dict[str, list[Run]] = {server.name: [] for server in servers}
    for number in range(course.rounds):
        for server in servers:
            run = _run(server, course, seed=number)
            runs[server.name].append(run)
            course.progress(
                f"round {number + 1}/{course.rounds}  {server.name:24} {run.rate:9,.0f}/s"
                f"  core busy {run.busy:4.0%}"
            )
    return _table(runs)


def _run(server: Server, course: Course, *, seed: int) -> Run:
    bench = course.bench
    with running(server, bench, course.work, core=cores.SERVER) as up:
        check(up, bench, seed=seed)
        script = wrk.write_script(
            up.process.log.parent, [server.request(uid) for uid in bench.users(_USERS, seed)]
        )
        wrk.warm_up(up.port, script, core=cores.GENERATOR)
        run = course.patience.run(partial(_load, up, script, course.seconds))
        check(up, bench, seed=seed + 1000)
    return run


def _load(up: Up, script: Path, seconds: int) -> Run:
    served = up.process.cpu_seconds
    load = wrk.load(up.port, script, seconds=seconds, core=cores.GENERATOR)
    served = up.process.cpu_seconds - served
    return Run(
        rate=load.rate,
        rate_per_cpu_second=load.requests / served,
        busy=served / load.seconds,
        failed=load.failed,
    )


def _table(runs: dict[str, list[Run]]) -> Table:
    rate = {name: statistics.median(run.rate for run in each) for name, each in runs.items()}
    per_cpu = {
        name: statistics.median(run.rate_per_cpu_second for run in each) for name, each in runs.items()
    }
    rows = [
        {
            "server": name,
            "requests/s": f"{rate[name]:,.0f}",
            "spread": f"{noise.spread([run.rate for run in each]):.0%}",
            "core busy": f"{statistics.median(run.busy for run in each):.0%}",
            "per CPU second": f"{per_cpu[name]:,.0f}",
            "service is": _times(rate, name),
            "by CPU": _times(per_cpu, name),
            "failed": str(sum(run.failed for run in each)),
        }
        for name, each in runs.items()
    ]
    verdicts = [
        noise.verdict(name, [run.rate for run in each], [run.noise for run in each])
        for name, each in runs.items()
    ]
    return Table(
        columns=list(rows[0]),
        rows=rows,
        figures={name: [asdict(run) for run in each] for name, each in runs.items()},
        notes=[verdict for verdict in verdicts if verdict],
    )


def _times(rates: dict[str, float], name: str) -> str:
    return f"{rates[OURS] / rates[name]:.2f} ×" if OURS in rates else ""
