"""What is known about a running sandbox, in memory and in its record file."""

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

    `mark` is in the environment of the emulator and of every task it starts, and in no other process.
    `engine` runs the tasks as containers; None is as processes. Without `has_networks` those share this
    machine's network. `file` is the environment file's name, if the environment is a preview of another.
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
        """Say whose it is as a command does."""
        return f"{self.file} --as {self.environment}" if self.file else self.environment

    @property
    def runtime(self) -> str:
        """Say in a few words how tasks run."""
        if self.engine:
            return f"containers by {self.engine.name} {self.engine.version}"
        # No namespaces here: two tasks can't both listen on 0.0.0.0, nor a sidecar on 127.0.0.1.
        return "local processes" if self.has_networks else "local processes without networks of their own"

    @property
    def reached(self) -> str:
        """Say what tasks can connect to, whatever their security groups say."""
        alone = self.engine or self.has_networks
        return "the AWS API and the load balancer" if alone else "whatever this machine reaches"

    @property
    def endpoint_url(self) -> str:
        """Where every AWS API answers."""
        return f"http://{self.registry}"

    @property
    def alb_url(self) -> str:
        """Where the environment's load balancer answers; one or several, by the Host header."""
        return f"http://127.0.0.1:{self.alb_port}"

    @property
    def registry(self) -> str:
        """The `host:port` where the OCI distribution API answers."""
        return f"127.0.0.1:{self.port}"

    @property
    def credentials_file(self) -> Path:
        """Where the keys are, as AWS_SHARED_CREDENTIALS_FILE takes it."""
        return self.log.with_name("credentials")

    @property
    def credentials(self) -> Credentials:
        """What calls must be signed with; raises PreconditionError if the file is gone."""
        return keys.read(self.credentials_file)

    def as_json(self) -> dict[str, Any]:
        """Return all but the keys, which nothing prints."""
        places = {
            "endpoint_url": self.endpoint_url,
            "alb_url": self.alb_url,
            "credentials_file": str(self.credentials_file),
        }
        return _values(self) | places | {"runtime": self.runtime}


_SANDBOXES = TypeAdapter(Sandbox)


def write(path: Path, sandbox: Sandbox) -> None:
    """Write the record so that a reader sees the old one or the new one, never a half."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(_values(sandbox), indent=2) + "\n")
    draft.replace(path)


def read(path: Path) -> Sandbox | None:
    """Return the recorded sandbox; None if there is no record or it can't be understood."""
    try:
        return _SANDBOXES.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def mark_of(folder: Path) -> str:
    """Return a new mark: the sandbox's folder, so that leftovers are found without a record, and a nonce."""
    return f"{folder}#{os.urandom(8).hex()}"


def _values(sandbox: Sandbox) -> dict[str, Any]:
    return asdict(sandbox) | {"started_at": sandbox.started_at.isoformat(), "log": str(sandbox.log)}
