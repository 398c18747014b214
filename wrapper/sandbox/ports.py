"""Check that a sandbox can bind its two ports, or raise an error that names their holder."""

import errno
import socket
import sys
import time
from pathlib import Path

from wrapper.errors import PreconditionError
from wrapper.sandbox import proc, record

# The first address for tasks. Linux has all of 127.0.0.0/8 on loopback, other systems have only 127.0.0.1.
_TASK_ADDRESS = "127.64.0.1"
_LINGER_SECONDS = 1.0


def require_free(environment: str, port: int, alb_port: int, *, work: Path) -> None:
    """Raise PreconditionError unless both ports can be bound on 127.0.0.1, and the tasks' addresses as well.

    `work` is the clone's .wrapper folder, which has the records of other environments' sandboxes.
    """
    if port == alb_port:
        raise PreconditionError(f"sandbox.alb_port must differ from sandbox.port, got {alb_port} for both.")
    for key, number in (("sandbox.port", port), ("sandbox.alb_port", alb_port)):
        problem = _lasting_problem(number)
        if problem == errno.EADDRINUSE:
            raise PreconditionError(
                f"{key} must be a free port, got {number}, which {_holder(number, work)} holds.",
                fix=f"stop it, or choose another {key} in environments/{environment}.yaml",
            )
        if problem:
            raise PreconditionError(
                f"{key} must be a port that you may bind, got {number}: {_words(problem)}.",
                fix=f"choose another {key}, above 1023, in environments/{environment}.yaml",
            )
    problem = _problem(_TASK_ADDRESS, 0)
    if problem:
        raise PreconditionError(
            f"the sandbox needs all of 127.0.0.0/8 on the loopback interface, got on {sys.platform} for "
            f"{_TASK_ADDRESS}: {_words(problem)}.",
            fix="run it on Linux, or in a Linux virtual machine",
        )


def free_ports() -> tuple[int, int]:
    """Return two ports that are free at this moment."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _lasting_problem(port: int) -> int:
    """Return the problem that remains after a second: a killed process holds its ports for a moment."""
    deadline = time.monotonic() + _LINGER_SECONDS
    while (problem := _problem("127.0.0.1", port)) == errno.EADDRINUSE and time.monotonic() < deadline:
        time.sleep(0.05)
    return problem


def _problem(address: str, port: int) -> int:
    """Return 0 if the address can be bound, else the error's number."""
    with socket.socket() as probe:
        # The emulator sets the same option, so a port with connections in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or -1
    return 0


def _words(problem: int) -> str:
    return errno.errorcode.get(problem, str(problem))


def _holder(port: int, work: Path) -> str:
    for path in work.glob("*/sandbox/sandbox.json"):
        other = record.read(path)
        if other and port in (other.port, other.alb_port) and proc.mark_of(other.pid) == other.mark:
            return f"the sandbox of {other.environment} (process {other.pid})"
    return proc.holder_of_port(port) or "another program"
