"""A program's output on a terminal of this many columns, or into a pipe."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# By the name of their golden text; None is a pipe.
WIDTHS: Mapping[str, int | None] = {"40": 40, "80": 80, "120": 120, "pipe": None}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PROGRAM = (sys.executable, "-m", "tests.wrapper.terminal.shown")


def as_shown(name: str) -> str:
    """Return the current text for a width, without colours."""
    return ANSI.sub("", printed(WIDTHS[name]))


@cache
def printed(width: int | None, *settings: tuple[str, str]) -> str:
    """Run the program with these environment variables, and return its output with colours."""
    removed = {"COLUMNS", "NO_COLOR", "FORCE_COLOR", "LINES"}
    kept = {name: value for name, value in os.environ.items() if name not in removed}
    variables = {**kept, "TERM": "xterm-256color", **dict(settings)}
    if width is None:
        done = subprocess.run(PROGRAM, cwd=ROOT, env=variables, stdout=-1, stderr=-2, check=True, text=True)
        return str(done.stdout)
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    with subprocess.Popen(
        PROGRAM, cwd=ROOT, env=variables, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        told = b"".join(iter(lambda: _read(reader), b""))
    os.close(reader)
    assert process.returncode == 0, told.decode()
    return told.decode().replace("\r\n", "\n")


def _read(reader: int) -> bytes:
    """Read what is available; Linux reports the end of a terminal as an error."""
    with contextlib.suppress(OSError):
        return os.read(reader, 65_536)
    return b""
