"""Which process holds a lock, so that another one can find out whether it is dead.

A process's number is only valid in its own pid namespace, and until the machine restarts. Two machines, or
two containers of one, may have the same name.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACES = Path("/proc/self/ns")
# In another time namespace a process seems to have started at another time.
_NAMESPACES = ("pid", "time")


def identity() -> dict[str, Any]:
    """Return what separates this process from every other one, as far as the system shows it."""
    pid = os.getpid()
    return {"Host": socket.gethostname(), "Pid": pid, "Started": _started(pid), **_place()}


def is_dead(holder: Mapping[str, Any]) -> bool:
    """Return whether the process is known to have ended.

    For one that cannot be seen from here, nothing is known.
    """
    pid, here = holder.get("Pid"), _place()
    can_be_seen = all(value and holder.get(name) == value for name, value in here.items())
    if not can_be_seen or type(pid) is not int or pid <= 0 or not holder.get("Started"):
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass  # another process may have got the number since
    started = _started(pid)
    return bool(started) and started != holder["Started"]


def _place() -> dict[str, str]:
    """Return the namespace in which process numbers have the same meaning as here."""
    try:
        spaces = [str(link.readlink()) for link in map(_SPACES.joinpath, _NAMESPACES) if link.is_symlink()]
        return {"Boot": _BOOT.read_text().strip(), "Namespaces": " ".join(spaces)}
    except OSError:  # not Linux: one machine is one namespace
        return {"Boot": f"{psutil.boot_time():.0f}", "Namespaces": socket.gethostname()}


def _started(pid: int) -> str:
    """Return when a process started, "" if unknown: in the kernel's ticks, which no clock changes."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        return "" if Path("/proc/self").exists() else f"{psutil.Process(pid).create_time():.0f}"
    except psutil.Error:
        return ""
