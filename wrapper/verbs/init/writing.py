"""Write a file whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from wrapper.errors import ConfigError


def write(path: Path, content: str, *, is_new: bool) -> None:
    """Write whole or not at all; a new file replaces none. Raises ConfigError."""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask() if is_new else path.stat().st_mode & 0o7777)
        if is_new:
            os.link(temporary, path)
        else:
            Path(temporary).replace(path)
    except FileExistsError:
        rule = f"{path.parent.name}/{path.name} must not exist, but was created just now."
        raise ConfigError(f"init {path.stem}", [rule]) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(str(path.parent), [f"the folder must be writable: {error.strerror}."])
