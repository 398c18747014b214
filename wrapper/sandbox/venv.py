"""The emulator's own virtual environment, because it pins another botocore than the wrapper."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import wrapper
from wrapper.errors import PreconditionError
from wrapper.sandbox.locks import held

LOCK = "requirements/sandbox.lock"
_INSTALL = Path(wrapper.__file__).resolve().parent.parent / "requirements" / "install.py"


def ensure(folder: Path, *, root: Path, progress: Callable[[str], None]) -> Path:
    """Return the environment's Python; create the environment if the lock file or this Python has changed.

    Other processes wait meanwhile. Raises PreconditionError if it can't be created.
    """
    python = folder / "bin" / "python"
    wanted = _fingerprint(root / LOCK)
    with held(folder.with_suffix(".lock")):
        marker = folder / "installed"
        # The marker is written last, so that an interrupted installation is repeated.
        if not (marker.is_file() and marker.read_text() == wanted and os.access(python, os.X_OK)):
            progress("installing the emulator (once per clone)")
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, root / LOCK)
            marker.write_text(wanted)
    return python


def _fingerprint(lock: Path) -> str:
    if not lock.is_file():
        raise PreconditionError(f"{lock} is missing.", fix="check the clone out again")
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{digest} {sys.version_info.major}.{sys.version_info.minor}\n"


def _install(folder: Path, lock: Path) -> None:
    command = [sys.executable, str(_INSTALL), str(folder), str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        _, _, told = f"\n{done.stderr}".partition("\nerror: ")
        words, _, fix = (told or done.stderr).strip().rpartition("\nfix: ")
        raise PreconditionError(words or fix, fix=fix if words else None)
