"""How long the service takes from exec to its first answer, its model fetched from an S3 on loopback.

    python -m benchmarks.startup [--rounds 5] [--save benchmarks/results]

The S3 is the tests' (`tests/service/s3.py`), with the objects in memory, on a core of its own; the service
has the other core to itself, as a task of one vCPU has. The model's size is what the service downloads.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.rig import cores, noise
from benchmarks.rig.models import SMALL, Bench, Size, prepare
from benchmarks.rig.process import Process, free_port, started, wait
from benchmarks.rig.request import Request, ask
from benchmarks.rig.results import Table, save

GOALS = {50: 0.5, 500: 1.2}
_MODEL = "bench/models/bench/1"
# What a user adds to the files that a server fetches: a record, slots, two rows of the top tables.
_BYTES_PER_USER = 985
_POLL_SECONDS = 0.004


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=list(GOALS), help="default: 50 500")
    parser.add_argument("--rounds", type=int, default=5, help="starts per size (default: 5)")
    parser.add_argument("--free", action="store_true", help="let service and S3 run on any core")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="models and logs")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    pinned = not arguments.free
    figures = {}
    for megabytes in arguments.megabytes:
        bench = prepare(_size(megabytes), arguments.work, progress=_progress)
        figures[megabytes] = _measure(bench, arguments.work, arguments.rounds, pinned)
    table = _table(figures)
    print(table.render())
    if arguments.save:
        save(arguments.save / "startup.json", table)
    return 0


def _size(megabytes: int) -> Size:
    users = megabytes * 1_000_000 // _BYTES_PER_USER
    return replace(SMALL, name=f"{megabytes} MB", users=users, tastes=1_000)


def _measure(bench: Bench, work: Path, rounds: int, pinned: bool) -> list[tuple[float, float]]:
    """Return seconds to the first answer, and the share of the machine that others took, per start."""
    command = [sys.executable, "-m", "benchmarks.rig.s3", str(bench.folder), _MODEL]
    core = cores.GENERATOR if pinned else None
    found = []
    with started(command, environment={}, core=core, log=work / "servers" / "s3.txt") as s3:
        wait(s3, lambda: s3.log.read_text().startswith("http://"))
        endpoint = s3.log.read_text().strip()
        for number in range(rounds):
            before, own, served = noise.Moment.now(), noise.own_cpu_seconds(), s3.cpu_seconds
            seconds = _start(bench, work, endpoint, pinned=pinned)
            own = noise.own_cpu_seconds() - own + s3.cpu_seconds - served
            busy = noise.others(before, noise.Moment.now(), own)
            found.append((seconds, busy))
            _progress(f"{bench.size.name}: start {number + 1}/{rounds} {seconds:.3f} s  others {busy:4.0%}")
    return found


def _start(bench: Bench, work: Path, endpoint: str, *, pinned: bool) -> float:
    port = free_port()
    first = Request(path=f"/?uid={bench.users(1)[0]}")
    began = time.perf_counter()
    core = cores.SERVER if pinned else None
    environment = _environment(port, endpoint, work)
    with (
        started(
            [sys.executable, "-m", "service"], environment=environment, core=core, log=work / "start.txt"
        ) as up,
        cores.on(cores.GENERATOR),
    ):
        while (reply := ask(port, first)) is None or reply.status != 200:
            _still_running(up)
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - began


def _still_running(up: Process) -> None:
    if up.popen.poll() is not None:
        raise RuntimeError(f"the service must start, got exit {up.popen.returncode}: {up.log.read_text()}")


def _environment(port: int, endpoint: str, work: Path) -> Mapping[str, str]:
    return {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MODEL_URI": f"s3://{_MODEL}",
        "MODEL_CACHE_DIR": str(work.resolve()),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
    }


def _table(figures: Mapping[int, list[tuple[float, float]]]) -> Table:
    rows = []
    for megabytes, runs in figures.items():
        seconds = [run[0] for run in runs]
        rows.append(
            {
                "model": f"{megabytes} MB",
                "exec to first answer": f"{statistics.median(seconds):.2f} s",
                "best – worst": f"{min(seconds):.2f} – {max(seconds):.2f}",
                "goal": f"{GOALS[megabytes]} s" if megabytes in GOALS else "",
            }
        )
    verdicts = [
        noise.verdict(f"{megabytes} MB", [run[0] for run in runs], [run[1] for run in runs])
        for megabytes, runs in figures.items()
    ]
    notes = [verdict for verdict in verdicts if verdict]
    return Table(
        columns=list(rows[0]), rows=rows, figures={str(k): v for k, v in figures.items()}, notes=notes
    )


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
