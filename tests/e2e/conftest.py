"""A copy of the clone with its own ports, so that the life cycle runs beside a user's own sandbox."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sample import ENVIRONMENTS
from tests.terraform.provider import REATTACH, running
from tests.wrapper.sandbox.stage import emulators_venv, free_ports
from wrapper.aws.client import Aws
from wrapper.sandbox import keys
from wrapper.sandbox.place import Place

ROOT = Path(__file__).resolve().parents[2]
# How tasks run in all of these tests: as processes, or as containers if there is Docker or Podman.
RUNTIME = "E2E_RUNTIME"
RATINGS = ROOT.parent / "shared" / "data" / "ml-latest-small" / "ratings.csv"


@dataclass
class Clone:
    """A copy of the project's files; `run` and the others run its command line there."""

    root: Path
    port: int
    alb_port: int
    overrides: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.alb_port}"

    def command(self, *words: str, overrides: Sequence[str] = ()) -> list[str]:
        ports = [f"sandbox.port={self.port}", f"sandbox.alb_port={self.alb_port}"]
        settings = [word for value in (*ports, *self.overrides, *overrides) for word in ("--set", value)]
        return [sys.executable, "-m", "wrapper", *words, *settings]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the clone."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def wrapper(self, *words: str, overrides: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        return self.run(*self.command(*words, overrides=overrides)[1:])

    def make(self, target: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a target of the Makefile as in the README, with this clone's ports in ARGS."""
        return self._shell("make", target, f"ARGS={shlex.join([*words, *self.command()[3:]])}")

    def deliver(self, step: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a step of a delivery by the script that the workflows use."""
        return self.script(".ci/deliver", step, "dev", str(folder), *words)

    def script(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the clone's scripts, which passes this clone's ports to the wrapper."""
        return self._shell(*words, *self.command()[3:])

    def _shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        # As from a shell: a make that runs these tests would pass on its flags.
        shell = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.run(
            words,
            cwd=self.root,
            env=shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=30)

    def status(self) -> dict[str, Any] | None:
        answer = self.wrapper("sandbox", "status", "dev", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def task_pids(self) -> list[int]:
        """Return the processes of this sandbox: their environment has its folder."""
        sandbox = str(self.root / ".wrapper" / "dev" / "sandbox").encode()
        emulator = (self.status() or {}).get("sandbox", {}).get("pid")
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if sandbox in (folder / "environ").read_bytes() and int(folder.name) != emulator:
                    found.append(int(folder.name))
        return found

    def credentials(self, environment: str = "dev") -> Path:
        """Return the file with the keys of the environment's sandbox, which must be running."""
        return Place(root=self.root, environment=environment).credentials

    def aws(self, environment: str = "dev") -> Aws:
        """Return the client of the running sandbox."""
        found = keys.read(self.credentials(environment))
        return Aws(region="eu-west-1", endpoint_url=f"http://127.0.0.1:{self.port}", credentials=found)

    def tear_down(self) -> None:
        self.wrapper("sandbox", "down", "dev")


def make_clone(folder: Path) -> Clone:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith("environments/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ENVIRONMENTS, folder / "environments")
    # The packages are the same, so they are not installed again.
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (folder / ".wrapper").mkdir()
    (folder / ".wrapper" / "sandbox-venv").symlink_to(emulators_venv())
    packages = ROOT / ".wrapper" / "packages"
    packages.mkdir(exist_ok=True)
    (folder / ".wrapper" / packages.name).symlink_to(packages)
    ports = free_ports()
    runtime = os.environ.get(RUNTIME, "process")
    return Clone(
        root=folder, port=ports.port, alb_port=ports.alb_port, overrides=[f"sandbox.runtime={runtime}"]
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    made = make_clone(tmp_path_factory.mktemp("clone"))
    try:
        yield made
    finally:
        made.tear_down()


@pytest.fixture(scope="module")
def attached(clone: Clone, provider: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the clone's Terraform use a running provider, in files with many commands.

    The start of its providers takes most of an apply's CPU time. The life cycle itself starts them.
    """
    aws = Aws(region="eu-west-1", endpoint_url=f"http://127.0.0.1:{clone.port}")
    own = {name: value for name, value in aws.child_environment().items() if "ACCESS_KEY" not in name}
    # Read at each command, because the sandbox is not started yet.
    file = clone.credentials(getattr(request.module, "NAME", "dev"))
    environ = {**own, "AWS_SHARED_CREDENTIALS_FILE": str(file)}
    with running(provider, environ) as variables, pytest.MonkeyPatch.context() as patch:
        patch.setenv(REATTACH, variables[REATTACH])
        yield


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
