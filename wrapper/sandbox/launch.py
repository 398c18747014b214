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
    """Start the emulator and return its process id when it answers, else raise PreconditionError."""
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
    """Return the command line of the emulator."""
    # -P keeps the working folder, which may contain any modules, off the import path.
    return [str(python), "-P", "-m", "emulator"]


def answers(endpoint_url: str, mark: str) -> bool:
    """Return whether the sandbox with this mark, and no other, answers at the endpoint."""
    return identity(endpoint_url).get("mark") == mark


def identity(endpoint_url: str) -> dict[str, Any]:
    """Return the self-description of the sandbox at the endpoint; empty if none answers."""
    # Without the proxies of the developer's environment, which must not get loopback traffic.
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
    """Start a process in a session of its own, so that it survives Ctrl-C and the end of this process."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, nothing, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, out, 2),
        ]
        # A child inherits ignored and blocked signals, for example from nohup, and could not be stopped then.
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
        "\n  ".join(["the emulator did not start; its last lines:", *last]), fix=f"read {log}"
    )
