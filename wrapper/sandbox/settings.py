"""The emulator's settings at its start. `emulator/settings.py` reads them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from wrapper.aws.client import Credentials
from wrapper.sandbox.proc import MARK

# Where the emulator says which sandbox it is.
IDENTITY = "/_sandbox"
SETTINGS = "WRAPPER_SANDBOX_SETTINGS"
# Faults that a user may switch on in a sandbox: see docs/sandbox.md.
FAULT_PERCENT = "WRAPPER_SANDBOX_FAULT_PERCENT"
LATE_SECONDS = "WRAPPER_SANDBOX_LATE_SECONDS"
VCPUS = "WRAPPER_SANDBOX_VCPUS"
PAGE_SIZE = "WRAPPER_SANDBOX_PAGE_SIZE"
# Whose key signs a command's calls, as ROLE:STEP.
CALLER = "WRAPPER_SANDBOX_CALLER"
NETWORK = "WRAPPER_SANDBOX_NETWORK"
PACE = "WRAPPER_SANDBOX_PACE"
_VARIABLES = (FAULT_PERCENT, LATE_SECONDS, VCPUS, PAGE_SIZE, NETWORK, PACE)
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", *_VARIABLES)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`task_path` is the PATH of a task whose image has no Python packages of its own, and `packages` the
    folder of those of others; `reply_delay_seconds` holds back each API reply.

    `keys` are those that calls must be signed with.
    `engine` is Docker's or Podman's program and `engine_environment` what it finds its own by; None runs
    tasks as processes. `is_patched` False leaves ministack as it is; the tests of the patches compare with
    it. `is_recorded` keeps whole requests. With `parent`, a process, the emulator ends when that does.
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
    # A faster emulator loses a race in the HTTP client of Terraform's provider, which then asks twice.
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
        """Return the emulator's whole environment: of the developer's only the locale and the paths."""
        inherited = {name: base[name] for name in _INHERITED if name in base}
        told = json.dumps(
            {name: value for name, value in asdict(self).items() if name != "mark"}, default=str
        )
        return inherited | {MARK: self.mark, SETTINGS: told} | self._ministack()

    def _ministack(self) -> dict[str, str]:
        """Keep ministack on loopback, inside the folder, without persistence and without ports of its own."""
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
