"""Start the emulator's process, detached, and wait until it answers."""

import http.client
import json
import os
import signal
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import wrapper
from wrapper.errors import PreconditionError
from wrapper.sandbox import proc
from wrapper.sandbox.settings import IDENTITY, Settings

_START_SECONDS = 30
_LAST_LINES = 15


def start(python: Path, settings: Settings, *, log: Path) -> int:
    """Start the emulator and return its process id once it answers; raise PreconditionError if it doesn't."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    pid = _spawn(command(python), settings.environment(_base()), log)
    deadline = time.monotonic() + _START_SECONDS
    while not answers(settings.endpoint_url, settings.mark):
        if not proc.is_running(pid) or time.monotonic() > deadline:
            proc.end([pid], seconds=1)
            raise _did_not_start(log)
        time.sleep(0.02)
    return pid


def command(python: Path) -> list[str]:
    # -P keeps the working folder, which may be anything, off the import path.
    return [str(python), "-P", "-m", "emulator"]


def answers(endpoint_url: str, mark: str) -> bool:
    """Say whether the sandbox with this mark, and no other, answers at the endpoint."""
    return identity(endpoint_url).get("mark") == mark


def identity(endpoint_url: str) -> dict[str, Any]:
    """Return what the sandbox at the endpoint says of itself; nothing if none is there."""
    # No opener of the developer's: a proxy from the environment must not see loopback traffic.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with (
        suppress(OSError, http.client.HTTPException, ValueError),
        opener.open(endpoint_url + IDENTITY, timeout=2) as reply,
    ):
        return dict(json.load(reply))
    return {}


def _base() -> dict[str, str]:
    package_parent = Path(wrapper.__file__).resolve().parent.parent
    return {**os.environ, "PYTHONPATH": str(package_parent)}


def _spawn(argv: list[str], environment: dict[str, str], log: Path) -> int:
    """Start a process in a session of its own, so that neither Ctrl-C nor our end reaches it."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, nothing, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, out, 2),
        ]
        # A caller that ignores or blocks signals, such as nohup, must not make an emulator that can't stop.
        signals = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
        return os.posix_spawn(
            argv[0], argv, environment, file_actions=actions, setsid=True, setsigdef=signals, setsigmask=[]
        )
    finally:
        os.close(out)
        os.close(nothing)


def _did_not_start(log: Path) -> PreconditionError:
    last = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    return PreconditionError(
        "\n  ".join(["the emulator did not start; its last words:", *last]), fix=f"read {log}"
    )
