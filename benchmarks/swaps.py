"""Requests that fail while a followed model is swapped, and while servers are ended by SIGTERM: none should.

    python -m benchmarks.swaps [--swaps 50] [--restarts 20] [--rate 1000] [--save benchmarks/results]

Requests arrive at random times at a fixed rate. Each answer must be, byte for byte, one version's answer for
that user. The SIGTERMs go to two servers in turn while both are loaded. Like a load balancer, the client asks
the other server if a connection is refused, which is no failure. A request that was sent must be answered.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.rig.models import SMALL, Bench, prepare
from benchmarks.rig.open_loop import Client, Outcome, arrive
from benchmarks.rig.process import unwind_on_sigterm
from benchmarks.rig.request import Request, ask
from benchmarks.rig.results import Table, save
from benchmarks.rig.servers import OURS, SERVERS, Up, running
from service.artifact_format import MANIFEST
from service.loading import POINTER, load
from service.settings import StoreSettings
from service.store import open_store

VERSIONS = ("1", "2")
_USERS = 500


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Two versions of a model, requests, and the right answers to each."""

    versions: Sequence[Bench]
    requests: Sequence[bytes]
    answers: Sequence[frozenset[bytes]]
    rate: float
    work: Path

    def is_right(self, number: int, body: bytes) -> bool:
        return body in self.answers[number]


def main() -> int:
    unwind_on_sigterm()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--swaps", type=int, default=50, help="of the followed model (default: 50)")
    parser.add_argument("--restarts", type=int, default=20, help="servers to end and replace (default: 20)")
    parser.add_argument("--rate", type=float, default=1000, help="requests a second (default: 1000)")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="models and logs")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    trial = _prepare(arguments.work, arguments.rate)
    swapped = asyncio.run(_swap(trial, arguments.swaps))
    ended = asyncio.run(_restart(trial, arguments.restarts))
    table = _table({f"{arguments.swaps} swaps": swapped, f"{arguments.restarts} SIGTERMs": ended})
    print(table.render())
    if arguments.save:
        save(arguments.save / "swaps.json", table)
    return 1 if swapped.failures or ended.failures else 0


def _prepare(work: Path, rate: float) -> Trial:
    versions = [prepare(SMALL, work, version=version, progress=_progress) for version in VERSIONS]
    models = [load(open_store(str(bench.folder), StoreSettings())) for bench in versions]
    users = versions[0].users(_USERS)
    return Trial(
        versions=versions,
        requests=[Request(path=f"/?uid={uid}").encode(80) for uid in users],
        answers=[frozenset(model.body(uid.encode(), 10) or b"" for model in models) for uid in users],
        rate=rate,
        work=work,
    )


async def _swap(trial: Trial, swaps: int) -> Outcome:
    """Move the pointer back and forth; for each swap, wait until the new version answers."""
    following = replace(SERVERS[OURS], environment={"MODEL_MODE": "follow", "MODEL_POLL_SECONDS": "0.1"})
    with tempfile.TemporaryDirectory(dir=trial.work) as folder:
        for bench in trial.versions:
            (Path(folder) / bench.folder.name).symlink_to(bench.folder.resolve())
        _point(Path(folder), trial.versions[0])
        with running(following, replace(trial.versions[0], folder=Path(folder)), trial.work, core=None) as up:

            async def story() -> None:
                for number in range(1, swaps + 1):
                    bench = trial.versions[number % 2]
                    _point(Path(folder), bench)
                    await _until(partial(_serves, up, bench.folder.name))
                    _progress(f"swap {number}/{swaps}")

            return await _under_load(trial, Client([up.port]), story)


def _point(folder: Path, bench: Bench) -> None:
    sha256 = hashlib.sha256((bench.folder / MANIFEST).read_bytes()).hexdigest()
    # Renamed into place, because an S3 PUT is atomic, too.
    (folder / "new.json").write_text(json.dumps({"version": bench.folder.name, "manifest_sha256": sha256}))
    (folder / "new.json").rename(folder / POINTER)


def _serves(up: Up, version: str) -> bool:
    reply = ask(up.port, Request(path="/health"))
    return reply is not None and json.loads(reply.body)["model"].endswith(f"/{version}")


async def _restart(trial: Trial, restarts: int) -> Outcome:
    """Start a third server, stop the oldest one, and so on: a rolling deployment that never ends."""
    with ExitStack() as stack:

        def start(number: int) -> Up:
            folder = trial.work / f"restart-{number}"
            return stack.enter_context(running(SERVERS[OURS], trial.versions[0], folder, core=None))

        servers = [start(0), start(1)]
        client = Client([up.port for up in servers])

        async def story() -> None:
            for number in range(2, restarts + 2):
                servers.append(await asyncio.to_thread(start, number))
                client.ports.append(servers[-1].port)
                await asyncio.sleep(0.3)
                oldest = servers.pop(0)
                oldest.process.terminate()
                await asyncio.to_thread(oldest.process.popen.wait, 30)
                # Only now: until it has ended the client still asks it, like a balancer that has not noticed.
                client.ports.remove(oldest.port)
                _progress(f"SIGTERM {number - 1}/{restarts}: exit {oldest.process.popen.returncode}")

        return await _under_load(trial, client, story)


async def _under_load(
    trial: Trial, client: Client, story: Callable[[], Coroutine[Any, Any, None]]
) -> Outcome:
    """Load while the given steps run."""
    told = asyncio.create_task(story())
    outcome = await arrive(client, trial.requests, rate=trial.rate, until=told.done, check=trial.is_right)
    await told
    client.close()
    return outcome


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)


def _table(outcomes: dict[str, Outcome]) -> Table:
    rows = [
        {
            "under load": name,
            "requests": f"{len(outcome.latencies) + len(outcome.failures):,}",
            "failed": str(len(outcome.failures)),
            "p99": f"{outcome.percentile(0.99) * 1000:.1f} ms",
            "slowest": f"{max(outcome.latencies) * 1000:.0f} ms",
        }
        for name, outcome in outcomes.items()
    ]
    notes = [f"{name}: {failure}" for name, outcome in outcomes.items() for failure in outcome.failures[:5]]
    figures = {
        name: {"answered": len(outcome.latencies), "failed": len(outcome.failures)}
        for name, outcome in outcomes.items()
    }
    return Table(columns=list(rows[0]), rows=rows, figures=figures, notes=notes)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
