"""A command on this machine, in the surroundings of a sandbox's container."""

import json
import signal
import subprocess

from wrapper.errors import PreconditionError

_SIGNALED = 128


def run_local(session: str) -> int:
    """Run what the session's token says; return its exit code, 128 and the number for a signal.

    Nothing of this process's own environment comes along, but the terminal's kind.
    """
    told = json.loads(session)
    try:
        process = subprocess.Popen(told["words"], env=told["environment"], cwd=told["folder"])
    except OSError as error:
        raise PreconditionError(f"{told['words'][0]} must be a program that can be run: {error}.") from None
    return wait(process)


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a program that has the terminal: Ctrl-C is its own affair."""
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
