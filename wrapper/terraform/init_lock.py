"""One `terraform init` at a time, because several share a folder of downloads.

Terraform's cache does not support parallel use.
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def init_lock(folder: Path) -> Iterator[None]:
    """Wait until no other wrapper of this clone initialises.

    The system frees the lock of an ended process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "init.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
