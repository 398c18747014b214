"""The emulator's settings at its start. `emulator/settings.py` reads them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from wrapper.aws.client import Credentials
from wrapper.sandbox.proc import MARK

# The path at which the emulator describes itself.
IDENTITY = "/_sandbox"
SETTINGS = "WRAPPER_SANDBOX_SETTINGS"
# Variables for faults that a user may switch on in a sandbox, see docs/sandbox.md.
FAULT_PERCENT = "WRAPPER_SANDBOX_FAULT_PERCENT"
LATE_SECONDS = "WRAPPER_SANDBOX_LATE_SECONDS"
VCPUS = "WRAPPER_SANDBOX_VCPUS"
PAGE_SIZE = "WRAPPER_SANDBOX_PAGE_SIZE"
# The caller, as ROLE:STEP, whose key signs a command's calls.
CALLER = "WRAPPER_SANDBOX_CALLER"
NETWORK = "WRAPPER_SANDBOX_NETWORK"
PACE = "WRAPPER_SANDBOX_PACE"
_VARIABLES = (FAULT_PERCENT, LATE_SECONDS, VCPUS, PAGE_SIZE, NETWORK, PACE)
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", *_VARIABLES)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings.

    `task_path` is the PATH of tasks whose image has no Python packages of its own; `packages` is the folder
    with the packages of other images. `reply_delay_seconds` delays each API reply. `keys` are those with
    which calls must be signed. `engine` is Docker's or Podman's program, `engine_environment` its variables;
    None runs tasks as processes. Without `is_patched` ministack is unchanged, as the tests of the patches
    need it. `is_recorded` writes complete requests to a file. `parent` is the id of a process with which the
    emulator ends.
    """

    mark: str
    keys: Credentials = field(repr=False)
    folder: Path
    port: int
    alb_port: int
    region: str
    account_id: str
    task_path: str
    packages: Path
    # If a reply comes faster, a race in the HTTP client of Terraform's provider makes it send the request
    # again.
    reply_delay_seconds: float = 0.004
    is_patched: bool = True
    engine: str | None = None
    engine_environment: Mapping[str, str] = field(default_factory=dict)
    is_recorded: bool = False
    parent: int | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return all variables of the emulator's process; of `base` only the locale and the paths."""
        inherited = {name: base[name] for name in _INHERITED if name in base}
        told = json.dumps(
            {name: value for name, value in asdict(self).items() if name != "mark"}, default=str
        )
        return inherited | {MARK: self.mark, SETTINGS: told} | self._ministack()

    def _ministack(self) -> dict[str, str]:
        """Return ministack's variables: only on loopback, files in the folder, nothing persistent."""
        return {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_ACCOUNT_ID": self.account_id,
            "MINISTACK_REGION": self.region,
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "STATE_DIR": str(self.folder / "ministack"),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder),
            "DOCKER_HOST": f"unix://{self.folder}/no-docker.sock",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PYTHONUNBUFFERED": "1",
        }
