"""The git clone of the files. Nothing here requires git: without it there is no commit."""

import os
import subprocess
from pathlib import Path

_SECONDS = 10


def commit(root: Path) -> str | None:
    """Return the clone's commit, with `-dirty` if tracked files differ from it; None outside git."""
    return git(root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") or None


def commit_of(folder: Path, *, root: Path) -> str | None:
    """Return the commit of a folder: the clone's, or outside of it that of the folder's own repository."""
    is_inside = folder.resolve().is_relative_to(root.resolve())
    return commit(root if is_inside else folder)


def git(root: Path, *words: str) -> str | None:
    """Return what git prints about this clone; None if it fails, is missing, or `root` is no clone."""
    try:
        return ask(root, *words)
    except NoAnswerError:
        return None


class NoAnswerError(Exception):
    """Git did not answer; the message is git's."""


def ask(root: Path, *words: str) -> str:
    """Return what git prints about this clone; raise NoAnswerError if it fails or `root` is no clone."""
    if not (root / ".git").exists():
        # Git itself would also search the folders above, and find another repository.
        raise NoAnswerError(f"there is no {root / '.git'}")
    # GIT_DIR and similar variables may name another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *words],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswerError(str(error)) from error
    if answer.returncode:
        raise NoAnswerError(" ".join(answer.stderr.split()) or f"git ended with code {answer.returncode}")
    return answer.stdout.strip()
