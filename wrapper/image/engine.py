"""Docker or Podman: which one answers, and the words of each command. Only `run` starts anything."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wrapper.errors import ArtifactError, PreconditionError

CHOICE = "WRAPPER_CONTAINER_ENGINE"
# ECS's name of an architecture → the platform that containers' registries know.
PLATFORMS: Mapping[str, str] = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_ANSWER_SECONDS = 5
_LAST_LINES = 20
_PROBES: Mapping[str, tuple[str, ...]] = {
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("info", "--format", "{{.Version.Version}}"),
}


@dataclass(frozen=True, kw_only=True)
class Engine:
    name: str
    executable: str
    version: str


def find_engine(environ: Mapping[str, str] = os.environ) -> Engine | None:
    """Return the first of docker and podman that answers; WRAPPER_CONTAINER_ENGINE allows one, or `none`.

    An installed client whose daemon is down doesn't answer. One that is asked for by name and doesn't answer
    is a PreconditionError.
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


def build_command(
    engine: Engine,
    *,
    context: Path,
    dockerfile: str,
    target: str | None,
    reference: str,
    labels: Mapping[str, str],
    architecture: str = "x86_64",
) -> list[str]:
    """Build for the task's processors whatever the machine's own are."""
    stage = ["--target", target] if target else []
    label = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    file = ["--file", str(context / dockerfile)]
    words = [
        "build",
        "--platform",
        PLATFORMS[architecture],
        *file,
        *stage,
        *label,
        "--tag",
        reference,
        str(context),
    ]
    return [engine.executable, *words]


def login_command(engine: Engine, *, registry: str) -> list[str]:
    """The password comes on standard input, so that no process list shows it."""
    return [engine.executable, "login", "--username", "AWS", "--password-stdin", registry]


def push_command(engine: Engine, *, reference: str) -> list[str]:
    return [engine.executable, "push", reference]


def run(
    command: Sequence[str], *, doing: str, progress: Callable[[str], None], text_in: str | None = None
) -> None:
    """Run one command, report each of its lines, raise ArtifactError with its last ones if it fails."""
    # An attestation would wrap the image in an index, whose digest is not the image's.
    environment = os.environ | {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    last: deque[str] = deque(maxlen=_LAST_LINES)
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE if text_in else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        _feed(process, text_in)
        for line in process.stdout or ():
            last.append(line.rstrip())
            progress(line.strip())
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code:
        raise ArtifactError(
            "\n  ".join([f"{doing} failed with exit code {code}: {' '.join(command)}", *last])
        )


def _feed(process: "subprocess.Popen[str]", text: str | None) -> None:
    if text and process.stdin:
        with suppress(BrokenPipeError):  # it ended without reading; its exit code and last words say why
            process.stdin.write(text)
            process.stdin.close()


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
