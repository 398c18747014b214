"""The sandbox's access keys, in a file as the AWS CLI, the SDKs and Terraform read them."""

import os
import secrets
from configparser import ConfigParser, Error
from pathlib import Path

from wrapper.aws.client import Credentials
from wrapper.errors import PreconditionError

_PROFILE = "default"


def make(path: Path) -> Credentials:
    """Create new keys, write them to a file that only its owner may read, and return them."""
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
    """Return the keys in the file. Raises PreconditionError if they are missing."""
    file = ConfigParser(interpolation=None)
    try:
        file.read_string(path.read_text())
        keys = file[_PROFILE]
        return Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    except (OSError, ValueError, KeyError, Error):
        raise PreconditionError(
            f"{path} must contain the keys of the running sandbox, got none.",
            fix="`python -m wrapper sandbox down` with its environment, which also deletes its resources",
        ) from None
