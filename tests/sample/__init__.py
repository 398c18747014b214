"""The tests' own environment files, as the project has them; those of a clone belong to its user."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = Path(__file__).parent / "environments"


def copy_clone(folder: Path, *parts: str) -> Path:
    """Copy these folders and files of the clone and the tests' own environments to another folder."""
    for part in parts:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".terraform"))
        else:
            shutil.copy(ROOT / part, folder)
    shutil.copytree(ENVIRONMENTS, folder / "environments")
    return folder


@cache
def clone() -> Path:
    """Copy the clone for command line tests without a sandbox; all tests of a process share the copy."""
    folder = Path(tempfile.mkdtemp(prefix="clone-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return copy_clone(folder, "wrapper", "service", "terraform", "requirements", "Dockerfile")
