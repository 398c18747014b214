"""The identity of the deployer."""

import getpass
import socket

from wrapper.aws.client import Aws, explained


def who(aws: Aws) -> str:
    """Return the ARN of the credentials; in the sandbox, which has no identities, `user@host`."""
    if aws.endpoint_url:
        return f"{_user()}@{socket.gethostname()}"
    with explained():
        return aws.sts.get_caller_identity()["Arn"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
