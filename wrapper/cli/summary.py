"""The summary of a run for a CI job: Markdown for the file that GITHUB_STEP_SUMMARY names."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from wrapper.console import printable
from wrapper.errors import WrapperError
from wrapper.review.views.escaping import code, fence


def tell_failure(error: WrapperError, command: Sequence[str]) -> None:
    """Append the whole error message: the task, its last log lines, the fix."""
    fix = f"\n**Fix:** {code(error.fix)}\n" if error.fix else ""
    title = f"### ❌ {code(shlex.join(command))}: exit code {error.exit_code}"
    _append(f"{title}\n\n{_fenced(error.message)}\n{fix}")


def tell_success(rows: Sequence[tuple[str, str]], command: Sequence[str]) -> None:
    """Append the named values of the command's outcome."""
    lines = "\n".join(f"{name:10}{value}" for name, value in rows)
    _append(f"### ✅ {code(shlex.join(command))}\n\n{_fenced(lines)}\n")


def _append(text: str) -> None:
    """Append the text if the variable names a file; failing to write a summary does not fail the run."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError:
        return


def _fenced(text: str) -> str:
    """Fence the text with more backticks than it contains in a row: a log line must not end the block."""
    ticks = fence(text)
    return f"{ticks}text\n{printable(text)}\n{ticks}"
