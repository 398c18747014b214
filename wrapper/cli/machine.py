"""Errors of this machine, such as a full disk or a folder of another user: not bugs of the wrapper."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wrapper.errors import PreconditionError

_WORK = Path(__file__).resolve().parents[2] / ".wrapper"
_FREE_BYTES = 2**20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FIXES = {
    **dict.fromkeys(_FULL, "free space there; TMPDIR names another folder for temporary files"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "run the command as the owner, or give yourself access"),
    errno.EROFS: "use a clone that you can write to",
    errno.EIO: "check the disk: dmesg shows what is wrong with it",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "raise the limit of open files: ulimit -n"),
    **dict.fromkeys((errno.ENOMEM, errno.EAGAIN), "free memory or end processes, then repeat"),
}


def refusal_of(error: BaseException) -> PreconditionError | None:
    """Return the message for an error that this machine has caused; None for any other error."""
    if isinstance(error, MemoryError):
        return PreconditionError("memory must be free, got none.", fix=_FIXES[errno.ENOMEM])
    if isinstance(error, FileNotFoundError) and error.filename is None:
        # Python's message when it has tried every temporary folder and could write to none.
        return PreconditionError(
            f"TMPDIR must name a folder with free space, got: {error.strerror}.", fix=_FIXES[errno.ENOSPC]
        )
    if not isinstance(error, OSError) or error.errno not in _FIXES:
        return None
    where = str(error.filename or "") or ", ".join(_full()) or "a file"
    rule = "have room" if error.errno in _FULL else "be usable"
    return PreconditionError(f"{where} must {rule}, got: {error.strerror}.", fix=_FIXES[error.errno])


def _full() -> Iterator[str]:
    """Name the full places among those that are written to: a failed write does not say where it was."""
    for place in (str(_WORK), os.environ.get("TMPDIR") or tempfile.gettempdir()):
        try:
            if shutil.disk_usage(place).free < _FREE_BYTES:
                yield place
        except OSError:
            continue
