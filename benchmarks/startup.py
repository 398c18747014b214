"""How long the service takes from exec to its first answer, its model fetched from an S3 on loopback.

    python -m benchmarks.startup [--rounds 5] [--save benchmarks/results]

The S3 is the tests' (`tests/service/s3.py`), with the objects in memory, on a core of its own; the service
has the other core to itself, as a task of one vCPU has. The model's size is what the service downloads.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.rig import cores, noise
from benchmarks.rig.models import SMALL, Bench, Size, prepare
from benchmarks.rig.process import Process, free_port, started, unwind_on_sigterm, wait
from benchmarks.rig.request import Request, ask
from benchmarks.rig.results import Table, save

_MODEL = "bench/models/bench/1"
# What a user adds to the files that a server fetches: a record, slots, two rows of the top tables.
_BYTES_PER_USER = 985
_POLL_SECONDS = 0.004


@dataclass(frozen=True, kw_only=True)
class Run:
    """One start; `noise` is the share of others in both cores."""

    seconds: float
    noise: float


def main() -> int:
    unwind_on_sigterm()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[50, 500], help="default: 50 500")
    parser.add_argument("--rounds", type=int, default=5, help="starts per size (default: 5)")
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for quiet (default: 0)")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="models and logs")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    patience = noise.Patience(arguments.patience, _progress)
    runs = {}
    for megabytes in arguments.megabytes:
        bench = prepare(_size(megabytes), arguments.work, progress=_progress)
        runs[f"{megabytes} MB"] = _measure(bench, arguments.work, arguments.rounds, patience)
    table = _table(runs)
    print(table.render())
    if arguments.save:
        save(arguments.save / "startup.json", table)
    return 0


def _size(megabytes: int) -> Size:
    users = megabytes * 1_000_000 // _BYTES_PER_USER
    return replace(SMALL, name=f"{megabytes} MB", users=users, tastes=1_000)


def _measure(bench: Bench, work: Path, rounds: int, patience: noise.Patience) -> Sequence[Run]:
    command = [sys.executable, "-m", "benchmarks.rig.s3", str(bench.folder), _MODEL]
    runs = []
    with started(command, environment={}, core=cores.GENERATOR, log=work / "servers" / "s3.txt") as s3:
        wait(s3, lambda: s3.log.read_text().startswith("http://"))
        for number in range(rounds):
            run = patience.run(partial(_start, s3, bench, work))
            runs.append(run)
            _progress(
                f"{bench.size.name}: start {number + 1}/{rounds}"
                f"  {run.seconds:.3f} s  others {run.noise:4.0%}"
            )
    return runs


def _start(s3: Process, bench: Bench, work: Path) -> Run:
    port, log = free_port(), work / "servers" / "start.txt"
    first = Request(path=f"/?uid={bench.users(1)[0]}")
    environment = _environment(port, s3.log.read_text().strip(), work)
    command = [sys.executable, "-m", "service"]
    both = (cores.SERVER, cores.GENERATOR)
    watch = noise.Watch(both, lambda: s3.cpu_seconds + noise.own_cpu_seconds())
    began = time.perf_counter()
    with (
        started(command, environment=environment, core=cores.SERVER, log=log) as up,
        cores.on(cores.GENERATOR),
    ):
        while (reply := ask(port, first)) is None or reply.status != 200:
            if up.popen.poll() is not None:
                raise RuntimeError(
                    f"the service must start, got exit {up.popen.returncode}: {log.read_text()}"
                )
            time.sleep(_POLL_SECONDS)
        seconds = time.perf_counter() - began
    # After it has ended, because its own time is then in that of our children.
    return Run(seconds=seconds, noise=watch.others())


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


def _table(runs: Mapping[str, Sequence[Run]]) -> Table:
    rows, verdicts = [], []
    for name, each in runs.items():
        seconds = [run.seconds for run in each]
        rows.append(
            {
                "model": name,
                "exec to first answer": f"{statistics.median(seconds):.2f} s",
                "best": f"{min(seconds):.2f} s",
                "worst": f"{max(seconds):.2f} s",
            }
        )
        verdicts.append(noise.verdict(name, seconds, [run.noise for run in each]))
    return Table(
        columns=list(rows[0]),
        rows=rows,
        figures={name: [asdict(run) for run in each] for name, each in runs.items()},
        notes=[verdict for verdict in verdicts if verdict],
    )


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
