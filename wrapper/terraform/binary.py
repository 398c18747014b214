"""Find the terraform program and see that it is new enough."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wrapper.errors import PreconditionError

# 1.11 is the first release in which the S3 backend's own lock file is not an experiment.
MINIMUM_VERSION = (1, 11)

_INSTALL = (
    "Install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install) and put it in PATH."
)


@dataclass(frozen=True, kw_only=True)
class Executable:
    """Name a terraform program; `platform` is Terraform's word for it, such as linux_amd64."""

    path: Path
    version: str
    platform: str


def find_executable(search_path: str | None = None) -> Executable:
    """Take the first terraform in PATH (or `search_path`); raise PreconditionError if missing or too old."""
    found = shutil.which("terraform", path=search_path)
    if found is None:
        raise PreconditionError("terraform must be in PATH, found none.", fix=_INSTALL)
    path = Path(found).absolute()
    answer = _ask_version(path)
    version = str(answer["terraform_version"])
    if _numbers(version) < MINIMUM_VERSION:
        raise PreconditionError(f"terraform must be 1.11 or newer, got {version} ({path}).", fix=_INSTALL)
    return Executable(path=path, version=version, platform=str(answer["platform"]))


def _ask_version(path: Path) -> dict[str, object]:
    try:
        run = subprocess.run(
            [path, "version", "-json"], capture_output=True, text=True, timeout=60, check=True
        )
        answer = json.loads(run.stdout)
        return {"terraform_version": answer["terraform_version"], "platform": answer["platform"]}
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise PreconditionError(
            f"`{path} version -json` must name a version, got: {error}", fix=_INSTALL
        ) from error


def _numbers(version: str) -> tuple[int, int]:
    """Read `1.12.0-beta1` as (1, 12): a pre-release has what its release will have."""
    try:
        major, minor, *_ = version.split(".")
        return int(major), int(minor)
    except ValueError as error:
        raise PreconditionError(
            f"terraform's version must look like 1.11.4, got {version}.", fix=_INSTALL
        ) from error
