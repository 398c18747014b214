"""The one place where errors become words and exit codes."""

import os
import platform
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from wrapper.cli import summary
from wrapper.cli.complete import VARIABLE
from wrapper.console import TerminalConsole
from wrapper.errors import WrapperError

BUG = 70
INTERRUPTED = 130
# What a shell reports for a program that its reader hung up on.
BROKEN_PIPE = 141


def guard(command: click.Command) -> NoReturn:
    """Run the command line and exit with the code of what happened."""
    signal.signal(signal.SIGTERM, _interrupt)
    console = TerminalConsole()
    try:
        code = command.main(standalone_mode=False, complete_var=VARIABLE)
    except WrapperError as error:
        console.error(error.message, fix=error.fix)
        summary.tell_failure(error, ["python", "-m", "wrapper", *sys.argv[1:]])
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        console.error("interrupted")
        code = INTERRUPTED
    except BrokenPipeError:
        # Python would complain again when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except Exception as error:  # the boundary: a bug must not look like a user's mistake
        _tell_bug(console, error)
        code = BUG
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """Let a polite kill clean up like Ctrl-C."""
    raise KeyboardInterrupt


def _tell_bug(console: TerminalConsole, error: Exception) -> None:
    if "--debug" in sys.argv:
        traceback.print_exception(error)
        return
    with tempfile.NamedTemporaryFile("w", prefix="wrapper-", suffix=".log", delete=False) as log:
        log.write(f"{platform.platform()}, Python {platform.python_version()}\n{sys.argv}\n")
        traceback.print_exception(error, file=log)
    console.error(
        f"this is a bug in the wrapper: {type(error).__name__}: {error}",
        fix=f"report it with {Path(log.name)}, or see more with --debug",
    )
