"""What the service answers per core beside other servers: throughput, latency at a fixed rate, memory.

    python requirements/install.py .venv-bench requirements/bench.lock
    apt-get install wrk nginx-light
    .venv-bench/bin/python -m benchmarks.serving [--size large] [--rounds 5] [--save benchmarks/results]

Servers are started here, one at a time, on a core of their own; the load comes from another core. The rounds
go over all servers in turn, so that a ratio compares neighbours in time.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks.rig import latency, memory, throughput
from benchmarks.rig.answers import WrongAnswerError
from benchmarks.rig.course import Course
from benchmarks.rig.models import SIZES, prepare
from benchmarks.rig.noise import Patience
from benchmarks.rig.process import unwind_on_sigterm
from benchmarks.rig.results import save
from benchmarks.rig.servers import SERVERS, missing

MEASURES = {"throughput": throughput.measure, "latency": latency.measure, "memory": memory.measure}


def main() -> int:
    unwind_on_sigterm()
    arguments = _parser().parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        print("serving must have 2 cores, one for the server and one for the load, got 1.", file=sys.stderr)
        return 2
    if "throughput" in arguments.measure and shutil.which("wrk") is None:
        print("serving must find wrk, which makes the load: apt-get install wrk.", file=sys.stderr)
        return 2
    servers = [SERVERS[name] for name in arguments.server]
    for server in servers:
        if problem := missing(server):
            print(problem, file=sys.stderr)
    servers = [server for server in servers if missing(server) is None]
    bench = prepare(SIZES[arguments.size], arguments.work, progress=_progress)
    course = Course(
        bench=bench,
        work=arguments.work,
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        patience=Patience(arguments.patience, _progress),
        progress=_progress,
    )
    for name in arguments.measure:
        try:
            table = MEASURES[name](servers, course)
        except WrongAnswerError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"\n{name}, {bench.size.name} model\n\n{table.render()}", flush=True)
        if arguments.save:
            save(arguments.save / f"{name}-{bench.size.name}.json", table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="small", help="the model's size (default: small)")
    parser.add_argument(
        "--measure", nargs="+", choices=MEASURES, default=list(MEASURES), help="default: all three"
    )
    parser.add_argument("--server", nargs="+", choices=SERVERS, default=list(SERVERS), help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds over all servers (default: 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of load per server and round (default: 4)")
    parser.add_argument(
        "--patience", type=float, default=0, help="seconds to wait for a quiet machine (default: 0)"
    )
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="models, logs, settings")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON")
    return parser


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
