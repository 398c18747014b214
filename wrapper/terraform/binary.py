"""Find the terraform program and check that it is new enough."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from wrapper.errors import PreconditionError
from wrapper.terraform.process import Signals, until_its_end

# 1.11 is the first release in which the S3 backend's own lock file is not an experiment.
MINIMUM_VERSION = (1, 11)

_INSTALL = (
    "Install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install) and put it in PATH."
)

UNWRAP = (
    "A script that calls Terraform adds output of its own: set `terraform_wrapper: false` for"
    " hashicorp/setup-terraform, or put Terraform itself first in PATH."
)
# A cold disk and a busy machine need seconds.
_ANSWER_SECONDS = 30.0
_LINES, _LETTERS = 5, 400


@dataclass(frozen=True, kw_only=True)
class Executable:
    """A terraform program; `platform` is Terraform's name for it, such as linux_amd64."""

    path: Path
    version: str
    platform: str


def find_executable(search_path: str | None = None, *, seconds: float = _ANSWER_SECONDS) -> Executable:
    """Return the first terraform in PATH (or `search_path`); raise PreconditionError if missing or too old.

    One that does not print its version in time, or not as Terraform does, is refused as well.
    """
    found = shutil.which("terraform", path=search_path)
    if found is None:
        raise PreconditionError("terraform is missing from PATH.", fix=_INSTALL)
    path = Path(found).absolute()
    return _asked(path, path.stat().st_mtime_ns, seconds)


@cache  # a command needs it several times
def _asked(path: Path, modified_ns: int, seconds: float) -> Executable:
    answer = _ask_version(path, seconds)
    version = str(answer["terraform_version"])
    if _numbers(version) < MINIMUM_VERSION:
        raise PreconditionError(f"terraform must be 1.11 or newer, got {version} ({path}).", fix=_INSTALL)
    return Executable(path=path, version=version, platform=str(answer["platform"]))


def _ask_version(path: Path, seconds: float) -> dict[str, object]:
    code, said, complaint = _run_version(path, seconds)
    try:
        answer = json.loads(said)
        return {"terraform_version": answer["terraform_version"], "platform": answer["platform"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    words = "; ".join(f"{complaint}\n{said}".split("\n")[:_LINES]).strip("; ")[:_LETTERS] or "nothing"
    wrapped = code == 0 and "terraform_version" in said
    raise PreconditionError(
        f"`{path} version -json` must print a version as JSON and nothing else, got: {words}.",
        fix=UNWRAP if wrapped else _INSTALL,
    )


def _run_version(path: Path, seconds: float) -> tuple[int, str, str]:
    """Return the exit code and both outputs; raise PreconditionError if it does not end in time.

    The outputs are files: a process that a script has started in the background would keep a pipe open.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, Signals() as signals:
        try:
            process = subprocess.Popen(
                [path, "version", "-json"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise PreconditionError(
                f"{path} must be a program, got: {error.strerror}.", fix=_INSTALL
            ) from error
        deadline = time.monotonic() + seconds
        try:
            for _ in until_its_end(process, signals):
                if process.returncode is None and time.monotonic() > deadline:
                    raise PreconditionError(
                        f"`{path} version -json` must answer, got nothing for {seconds:g} s.",
                        fix=f"see what {path} waits for, or put Terraform before it in PATH",
                    )
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return process.returncode, _text(output), _text(errors)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _numbers(version: str) -> tuple[int, int]:
    """Read `1.12.0-beta1` as (1, 12): a pre-release has the features of its release."""
    try:
        major, minor, *_ = version.split(".")
        return int(major), int(minor)
    except ValueError as error:
        raise PreconditionError(
            f"terraform's version must look like 1.11.4, got {version}.", fix=_INSTALL
        ) from error
