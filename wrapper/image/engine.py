"""Docker's and Podman's command lines. Only `run_engine` runs anything."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wrapper.errors import ArtifactError
from wrapper.image.container_engine import Engine
from wrapper.terraform import process

# From ECS's name of an architecture to the platform of container registries.
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
    """Return the command that builds for the task's architecture, which may not be this machine's."""
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
    """Return the command that signs in; the password is its standard input, hidden from process lists."""
    words = ["--username", "AWS", "--password-stdin", registry]
    return [engine.executable, "login", *_plain(engine, registry), *words]


def push_command(engine: Engine, *, reference: str) -> list[str]:
    """Return the command that pushes an image."""
    return [engine.executable, "push", *_plain(engine, reference), reference]


def _plain(engine: Engine, reference: str) -> list[str]:
    """Return the options for plain HTTP to a sandbox's registry; Docker needs none on loopback."""
    has_command = engine.name == "podman" and reference.startswith("127.0.0.1:")
    return ["--tls-verify=false"] if has_command else []


def run_engine(
    command: Sequence[str], *, doing: str, progress: Callable[[str], None], text_in: str = ""
) -> None:
    """Run one command and report each of its lines. Raises ArtifactError with its last lines if it fails.

    `doing` says in the message what failed, such as `pushing the image`.
    """
    # BuildKit's own attestation would wrap the image in an index, whose digest is not the image's.
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
