"""Containers that Podman runs the way Fargate runs a task: read-only, without privileges, within limits."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_SECONDS = 120
# Less than in the smallest task.
LIMITS = ("--memory=256m", "--memory-swap=256m", "--cpus=0.5", "--pids-limit=64")
BOUNDS = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges")
# Host network, as the tests' S3 listens on loopback; each container has a loopback address of its own.
# Podman's own limits of files and processes are higher than some hosts allow.
PLACE = ("--network=host", "--no-healthcheck", "--ulimit=nofile=1024:4096", "--ulimit=nproc=1024:1024")
_MOUNTED = "--volume=/tmp"


def podman(*words: str, store: Path | None = None) -> str:
    """Return Podman's standard output; raise CalledProcessError, with its messages as a note."""
    environment = {**os.environ, "IMAGE_STORE": str(store)} if store else None
    try:
        done = subprocess.run(
            ["podman", *words],
            check=True,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=environment,
            cwd=Path(os.environ["IMAGE_STORE"]).parent,  # Podman leaves a file `oom` where it was started
        )
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr)
        raise
    return done.stdout.strip()


def tmp_of(image: str, *, store: Path | None = None) -> tuple[str, ...]:
    """Return the options that give a container Fargate's /tmp: root's alone, unless the image declares it.

    A folder, because a tmpfs has the mode of the image's folder in any case.
    """
    config = json.loads(podman("image", "inspect", image, store=store))[0]["Config"]
    folder = Path(tempfile.mkdtemp(dir=Path(os.environ["IMAGE_STORE"]).parent))
    folder.chmod(0o1777 if "/tmp" in (config.get("Volumes") or {}) else 0o755)
    return (f"--volume={folder}:/tmp",)


class Container:
    """One container of an image in `store`; `close` always removes it."""

    def __init__(
        self,
        image: str,
        *command: str,
        store: Path,
        host: str,
        port: int,
        environment: Mapping[str, str],
        options: Sequence[str] = (),
    ) -> None:
        self.host, self.port, self._store = host, port, store
        variables = {"HOST": host, "PORT": str(port), **environment}
        env = [f"--env={name}={value}" for name, value in variables.items()]
        tmp = () if _MOUNTED in options else tmp_of(image, store=store)
        words = ["run", "--detach", *PLACE, *BOUNDS, *LIMITS, *tmp, *options, *env, image, *command]
        self.id = self._podman(*words)

    def ready(self, seconds: float = 30) -> "Container":
        """Wait until /health answers 200."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.get("/health")[0] == 200:
                    return self
            except OSError:
                assert self.state("Running") == "true", self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def python(self, program: str, *options: str) -> str:
        """Run a program in the container, in addition to the server."""
        return self._podman("exec", *options, self.id, "python", "-c", program)

    def status(self) -> dict[str, str]:
        """Return the kernel's status of the server's process: /proc/<pid>/status, as the host sees it."""
        text = Path("/proc", self.state("Pid"), "status").read_text()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}

    def state(self, field: str) -> str:
        return self._podman("inspect", "--format", f"{{{{.State.{field}}}}}", self.id)

    def wait(self) -> int:
        """Return the exit code, once there is one."""
        return int(self._podman("wait", self.id))

    def stop(self) -> int:
        """Send SIGTERM, SIGKILL after 20 seconds, as ECS does; return the exit code."""
        self._podman("stop", "--time", "20", self.id)
        return self.wait()

    def output(self) -> str:
        """Return what it has written so far, standard output and standard error."""
        done = subprocess.run(
            ["podman", "logs", self.id],
            env={**os.environ, "IMAGE_STORE": str(self._store)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        return done.stdout

    def log(self) -> list[dict[str, Any]]:
        """Return its log; every line has to be JSON."""
        return [json.loads(line) for line in self.output().splitlines()]

    def close(self) -> None:
        self._podman("rm", "--force", "--volumes", "--time", "0", self.id)

    def _podman(self, *words: str) -> str:
        return podman(*words, store=self._store)
