"""Become a task's process: `begin.py PARENT NETWORK WORD...` dies with the process PARENT and runs the words.

NETWORK is `-` for this machine's, `new` for one of its own that holds nothing but loopback, or the number of
a process whose network it joins. PARENT 0 is nobody.

Runs by file name with -I -S before each task, so it imports next to nothing, and as one thread: only such a
process may change its user namespace.
"""

import ctypes
import fcntl
import os
import pathlib
import signal
import socket
import struct
import sys
from contextlib import suppress

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_ANY_PORT = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    parent, network, words = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if network == "new":
        _make()
    elif network != "-":
        _join(f"/proc/{network}/ns")
    # A change of the user namespace would undo it.
    if parent:
        end_with(parent, signal.SIGKILL)
    os.execvp(words[0], words)


def end_with(parent: int, number: signal.Signals) -> None:
    """Get the signal when the parent ends; end now if it was killed a moment ago."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit()


def _make() -> None:
    """Move into a new network; who isn't root needs a user namespace first, in which nothing else changes."""
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", _CLONE_NEWNET)
    except PermissionError:
        _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with pathlib.Path(f"/proc/self/{name}").open("w") as file:
                file.write(text)
    # Some machines give a namespace without its powers: this is where that shows.
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    # As in a container, whoever runs there may listen on port 80.
    with suppress(OSError), pathlib.Path(_ANY_PORT).open("w") as file:
        file.write("0")


def _join(theirs: str) -> None:
    """Move into a process's network; a rootless one's is in a user namespace that comes first."""
    if not os.path.samefile(f"{theirs}/user", "/proc/self/ns/user"):  # noqa: PTH121 - pathlib is slow to import
        _enter(f"{theirs}/user", _CLONE_NEWUSER)
    _enter(f"{theirs}/net", _CLONE_NEWNET)


def _enter(path: str, kind: int) -> None:
    with pathlib.Path(path).open() as namespace:
        _call("setns", namespace.fileno(), kind)


def _call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
