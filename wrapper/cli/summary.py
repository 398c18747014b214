"""What a CI job shows of a run beside its log: Markdown for the file that GITHUB_STEP_SUMMARY names."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from wrapper.console import printable
from wrapper.errors import WrapperError
from wrapper.review.views.escaping import code, fence


def tell_failure(error: WrapperError, command: Sequence[str]) -> None:
    """Append what the error says, whole: the task, its last lines, the advice."""
    fix = f"\n**Fix:** {code(error.fix)}\n" if error.fix else ""
    title = f"### ❌ {code(shlex.join(command))}: exit code {error.exit_code}"
    _append(f"{title}\n\n{_fenced(error.message)}\n{fix}")


def tell_success(rows: Sequence[tuple[str, str]], command: Sequence[str]) -> None:
    """Append the named values that the command ends with."""
    lines = "\n".join(f"{name:10}{value}" for name, value in rows)
    _append(f"### ✅ {code(shlex.join(command))}\n\n{_fenced(lines)}\n")


def _append(text: str) -> None:
    """Write it if there is a place for it; a run doesn't fail because its summary can't be kept."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError:
        return


def _fenced(text: str) -> str:
    """Fence the text by more backticks than it holds in a row: a log line must not end the block."""
    ticks = fence(text)
    return f"{ticks}text\n{printable(text)}\n{ticks}"
