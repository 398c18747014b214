"""What every command needs: Python, Terraform, its providers, git, a container engine, a place to write."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from wrapper.environment import Environment
from wrapper.environment.clone import NoAnswerError, ask
from wrapper.errors import PreconditionError, WrapperError
from wrapper.image import find_engine
from wrapper.terraform import Terraform
from wrapper.terraform.configuration import choose_source
from wrapper.terraform.mirror import locked_providers
from wrapper.verbs.doctor.check import Check, checked, unchecked

MINIMUM_PYTHON = (3, 11)
_GIB = 1 << 30
_ENOUGH_BYTES = 2 * _GIB  # the provider of two stacks without a mirror, and the emulator


def machine_checks(environment: Environment | None, root: Path) -> Iterator[Check]:
    yield checked("python", python)
    yield checked("terraform", _terraform)
    yield _providers(root)
    yield _git(root)
    yield _engine(environment)
    yield _work_folder(root)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> str:
    words = ".".join(map(str, version))
    if version < MINIMUM_PYTHON:
        raise PreconditionError(
            f"python must be 3.11 or newer, got {words}.", fix="Install it, delete .venv, and run make again."
        )
    return f"{words} ({sys.executable})"


def _terraform() -> str:
    found = Terraform.find()
    return f"{found.version} ({found.path})"


def _providers(root: Path, environ: Mapping[str, str] = os.environ) -> Check:
    try:
        platform = Terraform.find().platform
    except WrapperError:
        return unchecked("providers", "terraform is missing or too old")
    wanted = locked_providers(root / "terraform" / "stacks")
    return checked(
        "providers", lambda: choose_source(wanted, platform=platform, environment=environ).description
    )


def _git(root: Path) -> Check:
    """Check git: a clone without it works, but its releases cannot name their commit."""
    if shutil.which("git") is None:
        return Check(name="git", status="warn", detail="git is missing from PATH.", fix="Install git.")
    try:
        return Check(name="git", status="ok", detail=f"commit {ask(root, 'rev-parse', '--short', 'HEAD')}")
    except NoAnswerError as error:
        owner = f"git config --global --add safe.directory {root}"
        return Check(
            name="git",
            status="warn",
            detail=f"{root} must be a clone with a commit, got: {error}.",
            fix=f"{owner}, if it is yours." if "dubious ownership" in str(error) else "Clone it.",
        )


def _engine(environment: Environment | None) -> Check:
    """Check for Docker or Podman: only an image that is built for AWS needs one, the sandbox does not."""
    name = "container engine"
    try:
        engine = find_engine()
    except WrapperError as error:
        return Check(name=name, status="fail", detail=error.message, fix=error.fix)
    if engine:
        return Check(name=name, status="ok", detail=f"{engine.name} {engine.version}")
    if environment and environment.target == "sandbox":
        return Check(name=name, status="ok", detail="no engine answers; the sandbox runs tasks as processes")
    needed = environment is not None and bool(environment.built_services)
    return Check(
        name=name,
        status="fail" if needed else "warn",
        detail="docker or podman must answer to build an image for AWS, found neither.",
        fix="Start docker or podman, or give every service an image by reference.",
    )


def _work_folder(root: Path) -> Check:
    folder = root / ".wrapper"
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        detail = f"{folder} must be writable, got: {error.strerror}."
        return Check(name="work folder", status="fail", detail=detail, fix="Clone into a folder of your own.")
    free = shutil.disk_usage(folder).free
    detail = f"{folder}, {free / _GIB:.1f} GiB free"
    if free < _ENOUGH_BYTES:
        return Check(
            name="work folder", status="warn", detail=detail, fix="Free space: 2 GiB should be free."
        )
    return Check(name="work folder", status="ok", detail=detail)
