"""A program's output on a terminal of this many columns, or into a pipe."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.wrapper import forks

ROOT = Path(__file__).resolve().parents[3]
# By the name of their golden text; None is a pipe.
WIDTHS: Mapping[str, int | None] = {"40": 40, "80": 80, "120": 120, "pipe": None}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PROGRAM = 'import runpy; runpy.run_module("tests.wrapper.terminal.shown", run_name="__main__")'


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
        done = forks.run(ROOT, env=variables, program=PROGRAM, merged=True)
        code, text = done.returncode, done.stdout
    else:
        reader, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        with ThreadPoolExecutor(1) as aside:
            told = aside.submit(lambda: b"".join(iter(lambda: _read(reader), b"")))
            code = forks.status(
                ROOT, stdin=terminal, stdout=terminal, stderr=terminal, env=variables, program=PROGRAM
            )
            os.close(terminal)  # the end of what is read
        os.close(reader)
        text = told.result().decode().replace("\r\n", "\n")
    assert code == 0, text
    return text


def _read(reader: int) -> bytes:
    """Read what is available; Linux reports the end of a terminal as an error."""
    with contextlib.suppress(OSError):
        return os.read(reader, 65_536)
    return b""
