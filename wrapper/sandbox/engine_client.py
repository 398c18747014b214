"""Remove the containers of a killed emulator, by Docker's or Podman's command line."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from wrapper.image.container_engine import Engine

# The emulator gives this label to every container of a sandbox, with the sandbox's folder as its value.
LABEL = "sandbox.folder"
_SECONDS = 120
_OF_ENGINES = ("BUILDAH_", "CONTAINER", "DOCKER_", "IMAGE_", "PODMAN_", "REGISTRY_", "STORAGE_", "XDG_")
_OF_ALL = ("HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "USER")


def environment_of(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that an engine's client needs, without the developer's keys and tokens."""
    return {name: value for name, value in environ.items() if name in _OF_ALL or name.startswith(_OF_ENGINES)}


def remove_containers(engine: Engine, folder: Path) -> None:
    """Remove the containers of the sandbox in the folder; they stay if the engine does not answer."""
    found = _run(
        engine, "ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={folder}"
    ).split()
    if found:
        _run(engine, "rm", "--force", "--volumes", *found)


def _run(engine: Engine, *words: str) -> str:
    try:
        done = subprocess.run(
            [engine.executable, *words],
            env=environment_of(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
