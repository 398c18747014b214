"""The emulator's settings at its start. `wrapper/sandbox/settings.py` writes them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.keys import Keys

# Every process of a sandbox carries it, with the sandbox's mark as its value.
MARK = "WRAPPER_SANDBOX"
# Where the emulator says which sandbox it is.
IDENTITY = "/_sandbox"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`task_path` is the PATH of a task whose image has no Python packages of its own, and `packages` the
    folder of those of others; `reply_delay_seconds` holds back each API reply.

    `keys` are those that calls must be signed with.
    `engine` is Docker's or Podman's program and `engine_environment` what it finds its own by; None runs
    tasks as processes. `is_patched` False leaves ministack as it is; the tests of the patches compare with
    it. `fault_percent` of the AWS calls are refused, two lists name what is gone for `late_seconds` more, and
    `most_vcpus` are what tasks may take together, None is any number. `is_network_shared` lets tasks have
    this machine's network, as where they can't have one of their own. `is_recorded` keeps whole requests.
    With `parent`, a process, the emulator ends when that does. `page_size` is the most that a page of a list
    holds, None is what AWS gives. Periods of alarms and scaling pass `pace` times as fast as on AWS.
    """

    mark: str
    keys: Keys
    folder: Path
    port: int
    alb_port: int
    region: str
    account_id: str
    task_path: str
    packages: Path
    reply_delay_seconds: float
    is_patched: bool
    engine: str | None
    engine_environment: Mapping[str, str]
    is_recorded: bool
    parent: int | None
    fault_percent: float
    late_seconds: float
    most_vcpus: float | None
    is_network_shared: bool
    page_size: int | None
    pace: float

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        """Where the API also answers: a file, which tasks in isolated networks can reach."""
        return self.folder / "api.sock"

    @property
    def alb_socket(self) -> Path:
        """Where the load balancers also answer."""
        return self.folder / "alb.sock"

    @property
    def calls(self) -> Path:
        """Beside the folder, which goes when the emulator does."""
        return self.folder.with_name("calls.jsonl")

    @property
    def recording(self) -> Path:
        return self.folder.with_name("recording.jsonl")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    told = json.loads(environ["WRAPPER_SANDBOX_SETTINGS"])
    vcpus = environ.get("WRAPPER_SANDBOX_VCPUS")
    page = environ.get("WRAPPER_SANDBOX_PAGE_SIZE")
    key_id, secret, _ = told["keys"]
    return Settings(
        **told | {name: Path(told[name]) for name in ("folder", "packages")} | {"keys": Keys(key_id, secret)},
        mark=environ[MARK],
        fault_percent=float(environ.get("WRAPPER_SANDBOX_FAULT_PERCENT") or 0),
        late_seconds=float(environ.get("WRAPPER_SANDBOX_LATE_SECONDS") or 0),
        most_vcpus=float(vcpus) if vcpus else None,
        is_network_shared=environ.get("WRAPPER_SANDBOX_NETWORK") == "shared",
        page_size=int(page) if page else None,
        pace=float(environ.get("WRAPPER_SANDBOX_PACE") or 1),
    )
