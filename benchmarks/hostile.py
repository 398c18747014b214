"""How long others wait while clients misbehave: p99 and memory, quiet and under each kind of load.

    python -m benchmarks.hostile [--kind NAME ...] [--seconds 10] [--rate 100] [--save benchmarks/results]

The server has one core, and all clients have the other: the hostile ones, with the lowest priority, and those
that ask for `/?uid=` and `/health` at random times. Each kind gets a new server. A request counts from the
moment it was due. A load balancer replaces a task that is silent for some seconds, three times in a row:
if the slowest answer takes less than a second, no task is replaced.
"""

import argparse
import asyncio
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rig import cores
from benchmarks.rig.hostility import KINDS
from benchmarks.rig.models import Bench, Size, prepare
from benchmarks.rig.open_loop import Client, Outcome, arrive
from benchmarks.rig.process import started, unwind_on_sigterm
from benchmarks.rig.request import Request
from benchmarks.rig.results import Table, save
from benchmarks.rig.servers import OURS, SERVERS, running

QUIET = "quiet"
PATHS = ("/", "/health")
# Few users, but as many items as in a large model, which decide the cost of a live answer.
WIDE = Size(name="wide", users=100, items=100_000, factors=128, tastes=100)
# Others may wait ten times as long as on a quiet server, or this many seconds.
_TIMES, _SECONDS = 10, 0.05
# The time in which a load opens its connections.
_BEGIN_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The latencies of the others, by path, and the server's peak memory, in bytes."""

    outcomes: dict[str, Outcome]
    peak_bytes: int

    def p99(self, path: str) -> float:
        return self.outcomes[path].percentile(0.99)


def main() -> int:
    unwind_on_sigterm()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS), help="(default: all)")
    parser.add_argument("--seconds", type=float, default=10, help="of each kind (default: 10)")
    parser.add_argument("--rate", type=float, default=100, help="requests a second, per path (default: 100)")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="models and logs")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    bench = prepare(WIDE, arguments.work, progress=_progress)
    trials = {}
    for kind in (QUIET, *arguments.kind):
        _progress(kind)
        trials[kind] = _try(kind, bench, arguments)
    table = _table(trials)
    print(table.render())
    if arguments.save:
        save(arguments.save / "hostile.json", table)
    return 0 if all(figure["met"] for figure in table.figures.values()) else 1


def _try(kind: str, bench: Bench, arguments: argparse.Namespace) -> Trial:
    with ExitStack() as stack:
        up = stack.enter_context(running(SERVERS[OURS], bench, arguments.work, core=cores.SERVER))
        if kind != QUIET:
            command = [
                "nice",
                "-n",
                "19",
                sys.executable,
                "-m",
                "benchmarks.rig.hostility",
                kind,
                str(up.port),
            ]
            log = arguments.work / "servers" / "hostility.txt"
            stack.enter_context(started(command, environment={}, core=cores.GENERATOR, log=log))
        with cores.on(cores.GENERATOR):
            outcomes = asyncio.run(_ask(up.port, bench, arguments.rate, arguments.seconds))
        peak = re.search(
            r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{up.process.popen.pid}/status").read_text(), re.M
        )
        return Trial(outcomes=outcomes, peak_bytes=int(peak[1]) * 1024 if peak else 0)


async def _ask(port: int, bench: Bench, rate: float, seconds: float) -> dict[str, Outcome]:
    await asyncio.sleep(_BEGIN_SECONDS)
    end = asyncio.get_running_loop().time() + seconds
    requests = {
        "/": [Request(path=f"/?uid={uid}").encode(port) for uid in bench.users(bench.size.users)],
        "/health": [Request(path="/health").encode(port)],
    }
    client = Client([port])

    async def one(path: str) -> Outcome:
        return await arrive(
            client,
            requests[path],
            rate=rate,
            until=lambda: asyncio.get_running_loop().time() > end,
            check=lambda _, body: body.startswith(b'{"success":true'),
            seed=len(path),
        )

    outcomes = await asyncio.gather(*(one(path) for path in PATHS))
    client.close()
    return dict(zip(PATHS, outcomes, strict=True))


def _table(trials: dict[str, Trial]) -> Table:
    rows, figures, notes = [], {}, []
    for kind, trial in trials.items():
        most = {path: max(_TIMES * trials[QUIET].p99(path), _SECONDS) for path in PATHS}
        failures = [failure for path in PATHS for failure in trial.outcomes[path].failures]
        met = not failures and all(trial.p99(path) <= most[path] for path in PATHS)
        slowest = max(max(outcome.latencies, default=0.0) for outcome in trial.outcomes.values())
        cells = {"others, while": kind}
        for path in PATHS:
            cells[f"p99 of {path}"] = f"{trial.p99(path) * 1000:.1f} ms"
            cells[f"× of {path}"] = f"{trial.p99(path) / trials[QUIET].p99(path):.1f}"
        cells |= {
            "slowest": f"{slowest * 1000:.0f} ms",
            "failed": str(len(failures)),
            "most memory": f"{trial.peak_bytes / 2**20:.0f} MiB",
            "": "met" if met else "missed",
        }
        rows.append(cells)
        notes += [f"{kind}: {failure}" for failure in failures[:3]]
        figures[kind] = {
            "p99": {path: trial.p99(path) for path in PATHS},
            "slowest": slowest,
            "failed": len(failures),
            "peak_bytes": trial.peak_bytes,
            "met": met,
        }
    return Table(columns=list(rows[0]), rows=rows, figures=figures, notes=notes)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
