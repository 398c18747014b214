"""A client for Docker or Podman by the command line, with the commands that tasks need."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# The label of every container of a sandbox, with the sandbox's folder as its value.
LABEL = "sandbox.folder"
_SECONDS = 120


class EngineError(Exception):
    """A command failed; the text is what it printed on stderr."""


class Client:
    """`environment` is that of the engine's client, for its storage and settings; no task gets it."""

    def __init__(self, executable: str, environment: Mapping[str, str]) -> None:
        self.executable = executable
        self.environment = dict(environment)

    @property
    def is_podman(self) -> bool:
        return Path(self.executable).name == "podman"

    def pull(self, reference: str) -> None:
        """Pull an image; raises EngineError."""
        self.run("pull", "--quiet", *self._plain(reference), reference)

    def login(self, registry: str, password: str) -> None:
        """Sign in to the registry for pulls; the password goes to stdin, hidden from process lists."""
        words = ["--username", "AWS", "--password-stdin"]
        self.run("login", *self._plain(registry), *words, registry, text_in=password)

    def logout(self, registry: str) -> None:
        self.run("logout", registry, check=False)

    def _plain(self, reference: str) -> list[str]:
        return ["--tls-verify=false"] if self.is_podman and reference.startswith("127.0.0.1:") else []

    def image(self, reference: str) -> dict[str, Any]:
        """Return the engine's description of a pulled image."""
        return self._inspected("image", reference)

    def create(self, words: Sequence[str], *, folder: Path) -> str:
        """Create a container and, if the engine can, its namespaces; return its id."""
        container = self.run("create", *words).splitlines()[-1]
        try:
            if self.is_podman:
                self.run("init", container, folder=folder)
        except EngineError:
            self.remove(container)
            raise
        return container

    def state(self, container: str) -> dict[str, Any]:
        """Return the container's state in the engine's form, with `Pid`."""
        state: dict[str, Any] = self._inspected("container", container)["State"]
        return state

    def was_out_of_memory(self, container: str, *, folder: Path) -> bool:
        """Return whether a container that has ended was killed because it ran out of memory.

        With cgroups v1 Podman 4 doesn't report it; its monitor writes a file into the `folder` of `init`.
        """
        return (folder / "oom").exists() or bool(self.state(container).get("OOMKilled"))

    def attach_words(self, container: str) -> list[str]:
        """Return the command that starts a container, prints its output and ends with its exit code."""
        return [self.executable, "start", "--attach", container]

    def signal(self, container: str, name: str) -> None:
        """Send a signal to the container's first process, unless it has ended."""
        self.run("kill", "--signal", name, container, check=False)

    def remove(self, *containers: str) -> None:
        if containers:
            self.run("rm", "--force", "--volumes", *containers, check=False)

    def labelled(self, folder: str) -> list[str]:
        """Return the ids of a sandbox's containers, including those that have ended."""
        found = self.run("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={folder}")
        return found.split()

    def run(self, *words: str, check: bool = True, folder: Path | None = None, text_in: str = "") -> str:
        """Run one command and return its output. With `check`, raises EngineError if it fails."""
        try:
            done = subprocess.run(
                [self.executable, *words],
                env=self.environment,
                cwd=folder,
                input=text_in,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"{words[0]}: {error}") from None
        if check and done.returncode:
            raise EngineError(done.stderr.strip() or f"{words[0]} ended with {done.returncode}")
        return done.stdout

    def _inspected(self, kind: str, name: str) -> dict[str, Any]:
        [found] = json.loads(self.run(kind, "inspect", name))
        return dict(found)
