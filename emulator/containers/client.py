"""Docker's or Podman's command line, as far as tasks need it. Nothing here decides anything."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Every container of a sandbox carries it, with the sandbox's folder as its value.
LABEL = "sandbox.folder"
_SECONDS = 120


class EngineError(Exception):
    """A command failed; the text is its last words."""


class Client:
    """`environment` is what the engine itself finds its store and its settings by; no task sees it."""

    def __init__(self, executable: str, environment: Mapping[str, str]) -> None:
        self.executable = executable
        self.environment = dict(environment)

    @property
    def is_podman(self) -> bool:
        return Path(self.executable).name == "podman"

    def pull(self, reference: str) -> None:
        self.run("pull", "--quiet", *self._plain(reference), reference)

    def login(self, registry: str, password: str) -> None:
        """Let pulls from the registry do; the password goes in by a pipe, which no process list shows."""
        words = ["--username", "AWS", "--password-stdin"]
        self.run("login", *self._plain(registry), *words, registry, text_in=password)

    def logout(self, registry: str) -> None:
        self.run("logout", registry, check=False)

    def _plain(self, reference: str) -> list[str]:
        return ["--tls-verify=false"] if self.is_podman and reference.startswith("127.0.0.1:") else []

    def image(self, reference: str) -> dict[str, Any]:
        """Return what is known about a pulled image."""
        return self._inspected("image", reference)

    def create(self, words: Sequence[str], *, folder: Path) -> str:
        """Create a container and, where the engine can, its namespaces; return its id."""
        container = self.run("create", *words).splitlines()[-1]
        try:
            if self.is_podman:
                self.run("init", container, folder=folder)
        except EngineError:
            self.remove(container)
            raise
        return container

    def state(self, container: str) -> dict[str, Any]:
        """Return `Pid` and the like."""
        state: dict[str, Any] = self._inspected("container", container)["State"]
        return state

    def was_out_of_memory(self, container: str, *, folder: Path) -> bool:
        """Say whether a container that has ended was killed for its memory.

        With cgroups v1 Podman 4 doesn't know; its monitor leaves a file where `init` was called, in `folder`.
        """
        return (folder / "oom").exists() or bool(self.state(container).get("OOMKilled"))

    def attach_words(self, container: str) -> list[str]:
        """Return the command that starts a container, prints what it prints and ends with its exit code."""
        return [self.executable, "start", "--attach", container]

    def signal(self, container: str, name: str) -> None:
        """Send a signal to the container's first process; one that has ended gets none."""
        self.run("kill", "--signal", name, container, check=False)

    def remove(self, *containers: str) -> None:
        if containers:
            self.run("rm", "--force", "--volumes", *containers, check=False)

    def labelled(self, folder: str) -> list[str]:
        """List the containers of a sandbox, those that have ended too."""
        found = self.run("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={folder}")
        return found.split()

    def run(self, *words: str, check: bool = True, folder: Path | None = None, text_in: str = "") -> str:
        """Run one command and return what it prints; raise EngineError unless it succeeds."""
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
