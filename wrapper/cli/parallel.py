"""Run the same command on every environment in parallel, one process for each."""

import json
import multiprocessing
import os
import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

_PER_CORE = 2
Command = Callable[[str], Sequence[str]]
# Processes are forked from a server that has the imports done: they are a third of Python's time in a plan.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["wrapper.cli.main"])


@dataclass(frozen=True, kw_only=True)
class Run:
    """The outcome of one environment: its JSON document, or the problem with which it ended."""

    environment: str
    code: int
    seconds: float
    document: Mapping[str, Any] | None = None
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the document, or the error, with the exit code and the duration in seconds."""
        outcome = self.document if self.document is not None else {"error": self.problem}
        return {"code": self.code, "seconds": self.seconds, **outcome}


class Completed(NamedTuple):
    """How a process ended; `code` is negative after a signal."""

    code: int
    stdout: str
    stderr: str


def command_line() -> None:
    """Run what `python -m wrapper` runs."""
    runpy.run_module("wrapper", run_name="__main__")


class Processes:
    """The running processes, each in its own group: Ctrl-C must reach each one once, through this object.

    `entry` is what each process runs, with the words as its arguments.
    """

    def __init__(self, root: Path, entry: Callable[[], None]) -> None:
        self._root = root
        self._entry = entry
        self._lock = Lock()
        self._running: set[BaseProcess] = set()
        self._stopped = False

    def run(self, words: Sequence[str]) -> Completed:
        """Run the entry with the words until it ends."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("stdout", "stderr")]
            for file in files:
                file.touch()
            process = _FORKS.Process(target=_run, args=(self._entry, self._root, words, *files))
            with self._lock:
                if self._stopped:
                    return Completed(130, "", "error: interrupted")
                process.start()
                self._running.add(process)
            wait([process.sentinel])
            # A start also reads the codes of ended children, and a code that two read at once becomes 255.
            with self._lock:
                process.join()
                self._running.remove(process)
            return Completed(process.exitcode or 0, *(file.read_text(errors="replace") for file in files))

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Interrupt the running processes if the block is left early; each cleans up."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._stopped = True
                for process in self._running:
                    process.terminate()  # SIGTERM, since processes of a background job ignore SIGINT
            raise


def run_all(
    names: Sequence[str],
    command: Command,
    *,
    root: Path,
    parallelism: int,
    report: Callable[[Run], None] = lambda run: None,
    entry: Callable[[], None] = command_line,
) -> list[Run]:
    """Run `command(name)` for each name; return the outcomes in that order, and report each as it ends."""
    processes = Processes(root, entry)

    def one(name: str) -> Run:
        started = time.monotonic()
        completed = processes.run(command(name))
        run = _outcome(name, completed, round(time.monotonic() - started, 1))
        report(run)
        return run

    with ThreadPoolExecutor(max_workers=parallelism) as pool, processes.stopping():
        return list(pool.map(one, names))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_parallelism() -> int:
    """Return how many to run in parallel.

    A plan spends half of its time waiting for its provider and for AWS. Each takes some 1 GB of memory while
    Terraform's provider is loaded.
    """
    return _PER_CORE * cores()


def exit_code(runs: Sequence[Run], *, finding: int) -> int:
    """Return the highest exit code of the failures, else `finding` if any run ended with that, else 0."""
    failures = [run.code for run in runs if run.code not in (0, finding)]
    if failures:
        return max(failures)
    return max((run.code for run in runs), default=0)


def _run(entry: Callable[[], None], root: Path, words: Sequence[str], stdout: Path, stderr: Path) -> None:
    """Run in the new process: set its process group, folder, files and arguments, then call the entry."""
    os.setpgid(0, 0)
    os.chdir(root)
    for file, descriptor in ((Path(os.devnull), 0), (stdout, 1), (stderr, 2)):
        os.dup2(os.open(file, os.O_RDWR), descriptor)
    sys.argv = ["wrapper", *words]
    entry()


def _outcome(name: str, completed: Completed, seconds: float) -> Run:
    code = completed.code if completed.code >= 0 else 128 - completed.code
    document = _document(completed.stdout)
    if document is None or "error" in document:
        problem = str(document["error"]) if document else _problem(completed.stderr)
        return Run(environment=name, code=code, seconds=seconds, problem=problem)
    return Run(environment=name, code=code, seconds=seconds, document=document)


def _document(text: str) -> dict[str, Any] | None:
    """Return the command's document, or its error's; None if it printed none."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _problem(stderr: str) -> str:
    """Return the command's error message, without the fix."""
    _, _, said = stderr.rpartition("error: ")
    lines = said.strip().partition("\nfix:")[0].splitlines()
    return " ".join(line.strip() for line in lines) or "it ended without a message"
