"""One `terraform init` at a time: it may fill a folder of downloads that others fill, too.

Terraform's own cache is not made for two at once.
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def init_lock(folder: Path) -> Iterator[None]:
    """Wait until no other wrapper of this clone initialises; the system frees the lock of one that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "init.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
