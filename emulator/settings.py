"""The emulator's settings at its start. `wrapper/sandbox/settings.py` writes them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.keys import Keys

# A variable in the environment of every process of a sandbox, with the sandbox's mark as its value.
MARK = "WRAPPER_SANDBOX"
# The path at which the emulator describes itself.
IDENTITY = "/_sandbox"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings.

    `task_path` is the PATH of tasks whose image has no Python packages of its own; `packages` is the folder
    with the packages of other images. `reply_delay_seconds` delays each API reply. `keys` are those with
    which calls must be signed. `engine` is Docker's or Podman's program, `engine_environment` its variables;
    None runs tasks as processes. Without `is_patched` ministack is unchanged, as the tests of the patches
    need it. `is_recorded` writes complete requests to a file. `parent` is the id of a process with which the
    emulator ends.

    The faults and limits: `fault_percent` of the AWS calls are refused. Two lists contain deleted resources
    for `late_seconds`. All tasks together may have `most_vcpus`, None means any number. With
    `is_network_shared` tasks have this machine's network, as on machines where they can't have their own.
    `page_size` is the maximum of items in a page of a list, None means AWS's. The periods of alarms and
    scaling pass `pace` times as fast as on AWS.
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
        """The API's Unix socket, which tasks in isolated networks can reach."""
        return self.folder / "api.sock"

    @property
    def alb_socket(self) -> Path:
        """The load balancers' Unix socket."""
        return self.folder / "alb.sock"

    @property
    def calls(self) -> Path:
        """The log of calls, beside the folder, which is deleted when the emulator ends."""
        return self.folder.with_name("calls.jsonl")

    @property
    def recording(self) -> Path:
        return self.folder.with_name("recording.jsonl")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the wrapper has written into the environment."""
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
