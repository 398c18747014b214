"""Become a task's process: `begin.py PARENT NETWORK ROOT WORD...` runs the words.

The process ends with the process PARENT; 0 means none. NETWORK is `-` for this machine's, `new` for a new one
with only a loopback interface, or the id of a process whose network it joins. ROOT is `-` for this machine's,
or the folder of an image that root.py has prepared; its further lines, `PLACE=PATH`, are bind mounts.

It is run by its file name with -I -S before each task, so it imports as little as possible. It has one
thread, as only such a process may change its user namespace.
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

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG = 1
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_ANY_PORT = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Enter the network and the root, then replace this process by the command."""
    parent, network, root, words = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    if network == "new":
        _make()
    elif network != "-":
        _join(f"/proc/{network}/ns")
    if root != "-":
        _change_root(*root.split("\n"))
    # After the change of the user namespace, which would reset it.
    if parent:
        end_with(parent, signal.SIGKILL)
    os.execvp(words[0], words)


def end_with(parent: int, number: signal.Signals) -> None:
    """Request the signal for the parent's end, and end now if the parent has ended already."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit()


def _make() -> None:
    """Move into a new network."""
    _unshare(_CLONE_NEWNET)
    # On some machines a new namespace has no capabilities; then this call fails.
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    # As in Docker's containers, every user may listen on low ports.
    with suppress(OSError), pathlib.Path(_ANY_PORT).open("w") as file:
        file.write("0")


def _change_root(tree: str, *mounts: str) -> None:
    """Make the image's tree the root, with this machine's files where the image has none."""
    _unshare(_CLONE_NEWNS)
    _mount("none", "/", _MS_REC | _MS_PRIVATE)
    with pathlib.Path(f"{tree}.mounts").open() as file:
        for path in file.read().splitlines():
            with suppress(FileNotFoundError):  # it may have been deleted since the tree was prepared
                _mount(path, tree + path, _MS_BIND | _MS_REC)
    for place, _, path in (mount.partition("=") for mount in mounts):
        _mount(place, tree + path, _MS_BIND | _MS_REC)
    folder = os.getcwd()  # noqa: PTH109 - pathlib's is the same
    os.chroot(tree)
    os.chdir(folder.removeprefix(tree) or "/" if f"{folder}/".startswith(f"{tree}/") else folder)


def _mount(source: str, target: str, flags: int) -> None:
    _call("mount", os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None)


def _unshare(kind: int) -> None:
    """Enter a new namespace; without root, first a user namespace in which user and group stay the same."""
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", kind)
    except PermissionError:
        _call("unshare", _CLONE_NEWUSER | kind)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with pathlib.Path(f"/proc/self/{name}").open("w") as file:
                file.write(text)


def _join(theirs: str) -> None:
    """Join a process's network; if it is rootless, first the user namespace that owns the network."""
    if not os.path.samefile(f"{theirs}/user", "/proc/self/ns/user"):  # noqa: PTH121 - pathlib is slow to import
        _enter(f"{theirs}/user", _CLONE_NEWUSER)
    _enter(f"{theirs}/net", _CLONE_NEWNET)


def _enter(path: str, kind: int) -> None:
    with pathlib.Path(path).open() as namespace:
        _call("setns", namespace.fileno(), kind)


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
