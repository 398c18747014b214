"""What the emulator is told when it starts: environment variables, written and read here."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wrapper.sandbox.proc import MARK

# Where the emulator tells which sandbox it is.
IDENTITY = "/_sandbox"
_PREFIX = "WRAPPER_SANDBOX_"
# What whoever starts a sandbox may make worse in it: see docs/sandbox.md.
FAULT_PERCENT = f"{_PREFIX}FAULT_PERCENT"
VCPUS = f"{_PREFIX}VCPUS"
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", FAULT_PERCENT, VCPUS)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`task_path` is the PATH of every task; `reply_delay_seconds` holds back each API reply.

    `engine` is Docker's or Podman's program and `engine_environment` what it finds its own by; None runs
    tasks as processes. `is_patched` False leaves ministack as it is; the tests of the patches compare with
    it. `fault_percent` of the AWS calls are refused, and `most_vcpus` are what tasks may take together, None
    is any number.
    """

    mark: str
    folder: Path
    port: int
    alb_port: int
    region: str
    account_id: str
    task_path: str
    reply_delay_seconds: float = 0.004
    is_patched: bool = True
    engine: str | None = None
    engine_environment: Mapping[str, str] = field(default_factory=dict)
    fault_percent: float = 0.0
    most_vcpus: float | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        """Where the API also answers: a file, which reaches into networks that have no way out."""
        # Not in the folder: the path of a socket has at most 107 characters.
        return Path("/tmp") / f"sandbox-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]}.sock"

    @property
    def calls(self) -> Path:
        """Beside the folder, which goes when the emulator does."""
        return self.folder.with_name("calls.jsonl")

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the emulator's whole environment: of the developer's only the locale and the paths."""
        inherited = {name: base[name] for name in _INHERITED if name in base}
        return inherited | self._ours() | self._ministack()

    def _ours(self) -> dict[str, str]:
        return {
            MARK: self.mark,
            f"{_PREFIX}FOLDER": str(self.folder),
            f"{_PREFIX}PORT": str(self.port),
            f"{_PREFIX}ALB_PORT": str(self.alb_port),
            f"{_PREFIX}REGION": self.region,
            f"{_PREFIX}ACCOUNT_ID": self.account_id,
            f"{_PREFIX}TASK_PATH": self.task_path,
            f"{_PREFIX}REPLY_DELAY_SECONDS": str(self.reply_delay_seconds),
            f"{_PREFIX}PATCHED": str(int(self.is_patched)),
            f"{_PREFIX}ENGINE": self.engine or "",
            f"{_PREFIX}ENGINE_ENVIRONMENT": json.dumps(dict(self.engine_environment)),
        }

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


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    def value(name: str) -> str:
        return environ[_PREFIX + name]

    return Settings(
        mark=environ[MARK],
        folder=Path(value("FOLDER")),
        port=int(value("PORT")),
        alb_port=int(value("ALB_PORT")),
        region=value("REGION"),
        account_id=value("ACCOUNT_ID"),
        task_path=value("TASK_PATH"),
        reply_delay_seconds=float(value("REPLY_DELAY_SECONDS")),
        is_patched=value("PATCHED") == "1",
        engine=value("ENGINE") or None,
        engine_environment=json.loads(value("ENGINE_ENVIRONMENT")),
        fault_percent=float(environ.get(FAULT_PERCENT) or 0),
        most_vcpus=float(environ[VCPUS]) if environ.get(VCPUS) else None,
    )
