"""Run a command on this machine, in the environment of a sandbox's container."""

import json
import signal
import subprocess

from wrapper.errors import PreconditionError

_SIGNALED = 128


def run_local(session: str) -> int:
    """Run what the session's token says; return its exit code, or 128 plus the signal's number.

    Of this process's environment it gets only TERM.
    """
    told = json.loads(session)
    try:
        process = subprocess.Popen(told["words"], env=told["environment"], cwd=told["folder"])
    except OSError as error:
        raise PreconditionError(f"{told['words'][0]} must be a program that can be run: {error}.") from None
    return wait(process)


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a program that has the terminal: it handles Ctrl-C itself."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else _SIGNALED - code
