"""The record of a running sandbox, in memory and in a file."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wrapper.aws.client import Credentials
from wrapper.image.container_engine import Engine
from wrapper.sandbox import keys


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running emulator.

    `mark` is in the environment of the emulator and of its tasks, and of no other process. `engine` runs the
    tasks as containers; None means as processes. Without `has_networks` they share this machine's network.
    `file` is the environment file's name, if the environment is a preview of another.
    """

    environment: str
    pid: int
    mark: str
    port: int
    alb_port: int
    region: str
    account_id: str
    started_at: datetime
    log: Path
    engine: Engine | None = None
    has_networks: bool = True
    file: str | None = None

    @property
    def called(self) -> str:
        """The environment as a command's argument."""
        return f"{self.file} --as {self.environment}" if self.file else self.environment

    @property
    def runtime(self) -> str:
        """How tasks run, in a few words for people."""
        if self.engine:
            return f"containers by {self.engine.name} {self.engine.version}"
        # Without namespaces, two tasks can't both listen on 0.0.0.0, and a sidecar can't listen on 127.0.0.1.
        return "local processes" if self.has_networks else "local processes without networks of their own"

    @property
    def reached(self) -> str:
        """What tasks can connect to, whatever their security groups allow, in a few words for people."""
        alone = self.engine or self.has_networks
        return "the AWS API and the load balancer" if alone else "whatever this machine reaches"

    @property
    def endpoint_url(self) -> str:
        """The endpoint of all AWS APIs."""
        return f"http://{self.registry}"

    @property
    def alb_url(self) -> str:
        """The address of the environment's load balancers, which the Host header distinguishes."""
        return f"http://127.0.0.1:{self.alb_port}"

    @property
    def registry(self) -> str:
        """The `host:port` of the OCI distribution API."""
        return f"127.0.0.1:{self.port}"

    @property
    def credentials_file(self) -> Path:
        """The file of the keys, for AWS_SHARED_CREDENTIALS_FILE."""
        return self.log.with_name("credentials")

    @property
    def credentials(self) -> Credentials:
        """The keys with which calls must be signed. Raises PreconditionError if the file is missing."""
        return keys.read(self.credentials_file)

    def as_json(self) -> dict[str, Any]:
        """Return the record for people and programs; it does not contain the keys."""
        places = {
            "endpoint_url": self.endpoint_url,
            "alb_url": self.alb_url,
            "credentials_file": str(self.credentials_file),
        }
        return _values(self) | places | {"runtime": self.runtime}


_SANDBOXES = TypeAdapter(Sandbox)


def write(path: Path, sandbox: Sandbox) -> None:
    """Write the record atomically: a reader sees the old one or the new one, never a part."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(_values(sandbox), indent=2) + "\n")
    draft.replace(path)


def read(path: Path) -> Sandbox | None:
    """Return the recorded sandbox; None if the record is missing or can't be parsed."""
    try:
        return _SANDBOXES.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def remove(path: Path) -> None:
    """Delete the record, if it exists."""
    path.unlink(missing_ok=True)


def mark_of(folder: Path) -> str:
    """Return a new mark: the folder, by which leftover processes are found without a record, and a nonce."""
    return f"{folder}#{os.urandom(8).hex()}"


def _values(sandbox: Sandbox) -> dict[str, Any]:
    return asdict(sandbox) | {"started_at": sandbox.started_at.isoformat(), "log": str(sandbox.log)}
