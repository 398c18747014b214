"""The sandbox's access keys, in a file as the AWS CLI, the SDKs and Terraform read them."""

import os
import secrets
from configparser import ConfigParser, Error
from pathlib import Path

from wrapper.aws.client import Credentials
from wrapper.errors import PreconditionError

_PROFILE = "default"


def make(path: Path) -> Credentials:
    """Make new keys and write them to a file that nobody else may read."""
    made = Credentials(f"SANDBOX{secrets.token_hex(6).upper()}", secrets.token_urlsafe(30))
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(
            f"[{_PROFILE}]\n"
            f"aws_access_key_id = {made.access_key_id}\n"
            f"aws_secret_access_key = {made.secret_access_key}\n"
        )
    return made


def read(path: Path) -> Credentials:
    """Return the keys that were made. Raises PreconditionError if the file doesn't hold them any more."""
    file = ConfigParser(interpolation=None)
    try:
        file.read_string(path.read_text())
        keys = file[_PROFILE]
        return Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    except (OSError, ValueError, KeyError, Error):
        raise PreconditionError(
            f"{path} must hold the keys of the sandbox that runs, got none.",
            fix="`python -m wrapper sandbox down` with its environment; its resources go with it",
        ) from None
