"""The words of Docker's and Podman's commands. Only `run_engine` starts anything."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wrapper.errors import ArtifactError
from wrapper.image.container_engine import Engine
from wrapper.terraform import process

# ECS's name of an architecture → the platform that containers' registries know.
PLATFORMS: Mapping[str, str] = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_LAST_LINES = 20


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
    words = ["--username", "AWS", "--password-stdin", registry]
    return [engine.executable, "login", *_plain(engine, registry), *words]


def push_command(engine: Engine, *, reference: str) -> list[str]:
    return [engine.executable, "push", *_plain(engine, reference), reference]


def _plain(engine: Engine, reference: str) -> list[str]:
    """Allow a sandbox's registry plain HTTP: Docker does for loopback, Podman needs an option."""
    is_told = engine.name == "podman" and reference.startswith("127.0.0.1:")
    return ["--tls-verify=false"] if is_told else []


def run_engine(
    command: Sequence[str], *, doing: str, progress: Callable[[str], None], text_in: str = ""
) -> None:
    """Run one command, report each of its lines, raise ArtifactError with its last ones if it fails."""
    # An attestation would wrap the image in an index, whose digest is not the image's.
    environment = os.environ | {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    done = process.run(
        command,
        folder=Path.cwd(),
        environment=environment,
        on_line=lambda line: progress(line.strip()),
        text_in=text_in,
        merged=True,
    )
    if done.code:
        last = done.stdout.splitlines()[-_LAST_LINES:]
        raise ArtifactError(
            "\n  ".join([f"{doing} failed with exit code {done.code}: {' '.join(command)}", *last])
        )
