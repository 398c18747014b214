"""The one place where errors become messages and exit codes."""

import os
import platform
import signal
import sys
import tempfile
import traceback
from types import FrameType
from typing import NoReturn

import click

from wrapper.cli import summary
from wrapper.cli.complete import VARIABLE
from wrapper.cli.machine import refusal_of
from wrapper.cli.redaction import redact_arguments, redact_text
from wrapper.console import TerminalConsole
from wrapper.errors import WrapperError

BUG = 70
INTERRUPTED = 130
# The exit code that a shell reports for a program whose reader has closed the pipe.
BROKEN_PIPE = 141


def guard(command: click.Command) -> NoReturn:
    """Run the command line and exit with the code of the outcome."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = _run(command)
    except (BrokenPipeError, SystemExit):
        if VARIABLE in os.environ:  # the shell's completion ends like this
            raise
        # A reader that has seen enough, such as head, is no failure. Of click, which exits by itself for
        # nothing else, the code would be 1. Python would complain again when it flushes the streams at exit.
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        code = BROKEN_PIPE
    sys.exit(code)


def _run(command: click.Command) -> int:
    """Run the command; print what has stopped it, and return its exit code."""
    console = TerminalConsole()
    try:
        code = command.main(standalone_mode=False, complete_var=VARIABLE)
    except WrapperError as error:
        console.error(error.message, fix=error.fix)
        summary.tell_failure(error, ["python", "-m", "wrapper", *redact_arguments(sys.argv[1:])])
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        console.error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # the boundary: a bug must not look like a user's mistake
        return _tell_unexpected(console, error)
    return code if isinstance(code, int) else 0


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """Let SIGTERM clean up like Ctrl-C."""
    raise KeyboardInterrupt


def _tell_unexpected(console: TerminalConsole, error: Exception) -> int:
    """Report an error that nothing has caught; return the exit code: this machine's fault, or a bug."""
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    if refusal := refusal_of(error):
        console.error(refusal.message, fix=refusal.fix)
        return refusal.exit_code
    message = redact_text(f"{type(error).__name__}: {error}", sys.argv)
    console.error(f"this is a bug in the wrapper: {message}", fix=_report(error))
    return BUG


def _report(error: Exception) -> str:
    """Write the file that a bug report needs, and say where it is; it has no secrets and can be attached."""
    trace = redact_text("".join(traceback.format_exception(error)), sys.argv)
    try:
        with tempfile.NamedTemporaryFile("w", prefix="wrapper-", suffix=".log", delete=False) as log:
            log.write(f"{platform.platform()}, Python {platform.python_version()}\n")
            log.write(f"{redact_arguments(sys.argv)}\n{trace}")
    except OSError:
        return "for details, use --debug"
    return f"report it with {log.name}; for details, use --debug"
