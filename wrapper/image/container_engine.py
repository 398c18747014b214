"""Find Docker or Podman."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from wrapper.errors import PreconditionError

CHOICE = "WRAPPER_CONTAINER_ENGINE"
_ANSWER_SECONDS = 5
_PROBES: Mapping[str, tuple[str, ...]] = {
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("info", "--format", "{{.Version.Version}}"),
}


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Docker or Podman: its name, the path of its program, its version."""

    name: str
    executable: str
    version: str


def find_engine(environ: Mapping[str, str] = os.environ) -> Engine | None:
    """Return the first of docker and podman that answers; WRAPPER_CONTAINER_ENGINE names one, or `none`.

    An installed client whose daemon is down doesn't answer. Raises PreconditionError if the variable names an
    engine that doesn't answer.
    """
    choice = environ.get(CHOICE, "")
    if choice not in {"", "none", *_PROBES}:
        raise PreconditionError(f"{CHOICE} must be docker, podman or none, got {choice!r}.")
    names = [choice] if choice else list(_PROBES)
    engine = next((engine for name in names if (engine := _answering(name, environ))), None)
    if engine is None and choice in _PROBES:
        raise PreconditionError(
            f"{CHOICE} names {choice}, but {choice} does not answer.",
            fix=f"start {choice}, or unset {CHOICE}",
        )
    return engine


def engine_for_tasks(runtime: str) -> Engine | None:
    """Return the engine that runs a sandbox's tasks under `sandbox.runtime`; None means local processes.

    The emulator enters a task's network by its process id. That requires root, or containers of the same
    user, as rootless Podman's are; only root can enter those of Docker's daemon. Raises PreconditionError if
    `container` is requested and no engine can do this.
    """
    if runtime == "process":
        return None
    engine = find_engine()
    usable = engine is not None and (os.geteuid() == 0 or engine.name == "podman")
    if runtime == "container" and not usable:
        problem = "neither Docker nor Podman answers" if engine is None else "Docker requires root for this"
        raise PreconditionError(
            f"sandbox.runtime container needs Docker or Podman, and {problem}.",
            fix="start one (Podman needs no root), or set sandbox.runtime to process",
        )
    return engine if usable else None


def _answering(name: str, environ: Mapping[str, str]) -> Engine | None:
    executable = shutil.which(name, path=environ.get("PATH")) if name in _PROBES else None
    if executable is None:
        return None
    try:
        answer = subprocess.run(
            [executable, *_PROBES[name]], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    version = answer.stdout.strip()
    return Engine(name=name, executable=executable, version=version) if answer.returncode == 0 else None
