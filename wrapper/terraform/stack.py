"""One stack's files: the configuration that Terraform reads and the work folder to which it may write.

The `terraform/` tree stays clean: downloads, variables, plans, logs are in `.wrapper/<environment>/<stack>/`.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

_LOCAL_STATE = "none.tfstate"
_LOCAL_BACKEND = f'terraform {{\n  backend "local" {{\n    path = "{_LOCAL_STATE}"\n  }}\n}}\n'


@dataclass(frozen=True, kw_only=True)
class StackFiles:
    """The places of one stack's files; `configuration` is the `terraform/` tree."""

    stack: str
    configuration: Path
    work: Path
    preview: bool = False

    @property
    def folder(self) -> Path:
        """Terraform runs here."""
        return self.configuration / "stacks" / self.stack

    @property
    def data(self) -> Path:
        return self.work / "data"

    @property
    def tfvars(self) -> Path:
        return self.work / "terraform.tfvars"

    @property
    def backend(self) -> Path:
        return self.work / "backend.tfbackend"

    def new_plan(self, *, purpose: str) -> Path:
        """Return a plan file that no other process writes: exactly what a user agrees to must be applied."""
        for old in self.work.glob("*.tfplan"):
            if not _is_running(old.stem.rpartition("-")[2]):
                old.unlink(missing_ok=True)
        return self.work / f"{purpose}-{os.getpid()}.tfplan"

    def log(self, verb: str) -> Path:
        return self.work / f"{verb}.jsonl"

    def make_folder(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        self.work.chmod(0o700)  # a plan holds secret values in plain text

    def write(self, path: Path, text: str) -> None:
        self.make_folder()
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def fingerprint(self, *settings: str) -> str:
        """Hash what `init` depends on: the settings, the lock file and every line of the configuration."""
        digest = hashlib.sha256()
        for setting in settings:
            digest.update(f"{len(setting)}:{setting}".encode())
        for path in sorted(configuration_files(self.configuration)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.configuration)}:{len(content)}:".encode() + content)
        return digest.hexdigest()

    def is_initialised(self, fingerprint: str) -> bool:
        """Return whether the last successful `init` had this fingerprint and its providers still exist."""
        try:
            return self._marker.read_text() == fingerprint and all(
                provider.exists() for provider in self.data.glob("providers/*/*/*/*/*")
            )
        except FileNotFoundError:
            return False

    def mark_initialised(self, fingerprint: str) -> None:
        self.data.mkdir(exist_ok=True)
        self._marker.write_text(fingerprint)

    def forget_init(self) -> None:
        self._marker.unlink(missing_ok=True)

    def has_passed(self, fingerprint: str) -> bool:
        """Return whether these variables have passed the rules of this configuration before."""
        try:
            return self._passed.read_text() == self._checked(fingerprint)
        except FileNotFoundError:
            return False

    def mark_passed(self, fingerprint: str) -> None:
        self._passed.write_text(self._checked(fingerprint))

    def rescue_state(self) -> Path | None:
        """Move the state that terraform could not save out of the `terraform/` tree; None if it was saved."""
        left = self.folder / "errored.tfstate"
        if not left.exists():
            return None
        return left.rename(self.work / f"unsaved-{time.strftime('%Y%m%dT%H%M%S')}.tfstate")

    @property
    def _marker(self) -> Path:
        return self.data / "initialised"

    @property
    def _passed(self) -> Path:
        return self.data / "passed"

    def _checked(self, fingerprint: str) -> str:
        return hashlib.sha256(fingerprint.encode() + self.tfvars.read_bytes()).hexdigest()


def preview_files(files: StackFiles, *, state: bytes | None = None) -> StackFiles:
    """Copy the configuration to where a local backend overrides the real one, with this state, else none."""
    work = files.work / "preview"
    preview = StackFiles(stack=files.stack, configuration=work / "terraform", work=work, preview=True)
    preview.make_folder()
    _copy(files.configuration, preview.configuration)
    (preview.folder / "backend_override.tf").write_text(_LOCAL_BACKEND)
    if state is not None:
        preview.write(preview.folder / _LOCAL_STATE, state.decode())
    return preview


def copied_states(work: Path) -> Iterator[Path]:
    """Yield the states that previews of a stack have left in its work folder."""
    return work.rglob(f"{_LOCAL_STATE}*")


def importing_files(files: StackFiles, imports: Mapping[str, str]) -> StackFiles:
    """Write import blocks into a copy of the configuration: addresses, each with Terraform's id for it.

    All else is the same: the backend, and the folder for downloads. A preview is a copy already.
    """
    if not files.preview:
        configuration = files.configuration
        files = replace(files, configuration=files.work / "importing" / "terraform")
        _copy(configuration, files.configuration)
    blocks = (f"import {{\n  to = {to}\n  id = {json.dumps(name)}\n}}\n" for to, name in imports.items())
    (files.folder / "unrecorded.tf").write_text("\n".join(blocks), encoding="utf-8")
    return files


def _copy(configuration: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for path in configuration_files(configuration):
        copied = target / path.relative_to(configuration)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def removal_files(files: StackFiles) -> StackFiles:
    """Return the files of the root that destroys a stack, in folders of their own."""
    work = files.work / "removal"
    return StackFiles(stack=files.stack, configuration=work / "terraform", work=work)


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # another process's
    return True


def configuration_files(configuration: Path) -> Iterator[Path]:
    """Yield the files of a configuration, without what a manual terraform run left beside it."""
    for path in configuration.rglob("*"):
        inside = path.relative_to(configuration).parts
        if path.is_file() and ".terraform" not in inside and ".tfstate" not in path.name:
            yield path
