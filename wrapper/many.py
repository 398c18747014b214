"""The same command on every environment at once: a process for each, so many at a time as the cores bear."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

_PER_CORE = 2
Command = Callable[[str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One environment's outcome: its JSON document, or the problem that it ended with."""

    environment: str
    code: int
    seconds: float
    document: Mapping[str, Any] | None = None
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        told = self.document if self.document is not None else {"error": self.problem}
        return {"code": self.code, "seconds": self.seconds, **told}


class Processes:
    """The processes that run now, each in a group of its own: Ctrl-C must reach each once, through us."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()
        self._running: dict[int, subprocess.Popen[str]] = {}
        self._stopped = False

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run `python -m wrapper WORDS` to its end."""
        with self._lock:
            if self._stopped:
                return subprocess.CompletedProcess(words, 130, "", "error: interrupted")
            process = subprocess.Popen(
                [sys.executable, "-m", "wrapper", *words],
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                process_group=0,
            )
            self._running[process.pid] = process
        stdout, stderr = process.communicate()
        with self._lock:
            del self._running[process.pid]
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Interrupt what runs if the block is left early; each cleans up and releases what it holds."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._stopped = True
                for process in self._running.values():
                    with suppress(ProcessLookupError):
                        # Where this runs in the background, its children would ignore an interrupt.
                        process.send_signal(signal.SIGTERM)
            raise


def run_all(
    names: Sequence[str],
    command: Command,
    *,
    root: Path,
    at_once: int,
    told: Callable[[Run], None] = lambda run: None,
) -> list[Run]:
    """Run `command(name)` for each name; return the outcomes in that order, and tell of each at once."""
    processes = Processes(root)

    def one(name: str) -> Run:
        started = time.monotonic()
        ended = processes.run(command(name))
        run = _outcome(name, ended, round(time.monotonic() - started, 1))
        told(run)
        return run

    with ThreadPoolExecutor(max_workers=at_once) as pool, processes.stopping():
        return list(pool.map(one, names))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once() -> int:
    """Return how many to run at a time: a plan waits half of its time, for its provider and for AWS.

    Each takes some 1 GB while Terraform's provider is loaded.
    """
    return _PER_CORE * cores()


def worst(runs: Sequence[Run], *, finding: int) -> int:
    """Return the code to end with: of failures the highest, else `finding` if any run ended with that."""
    failures = [run.code for run in runs if run.code not in (0, finding)]
    if failures:
        return max(failures)
    return max((run.code for run in runs), default=0)


def _outcome(name: str, ended: subprocess.CompletedProcess[str], seconds: float) -> Run:
    code = ended.returncode if ended.returncode >= 0 else 128 - ended.returncode
    try:
        document = json.loads(ended.stdout)
    except ValueError:
        document = None
    problem = "" if isinstance(document, dict) else _problem(ended.stderr)
    return Run(
        environment=name,
        code=code,
        seconds=seconds,
        document=document if isinstance(document, dict) else None,
        problem=problem,
    )


def _problem(stderr: str) -> str:
    """Return what the command said when it gave up, without the advice."""
    _, _, said = stderr.rpartition("error: ")
    lines = said.strip().partition("\nfix:")[0].splitlines()
    return " ".join(line.strip() for line in lines) or "it ended without a word"
