"""Who deploys, and from which commit."""

import getpass
import socket
import subprocess
from pathlib import Path

from wrapper.aws import Aws, explained

_GIT_SECONDS = 10


def who(aws: Aws) -> str:
    """Return the ARN behind the credentials; in the sandbox, which knows nobody, `user@host`."""
    if aws.endpoint_url:
        return f"{_user()}@{socket.gethostname()}"
    with explained():
        return aws.sts.get_caller_identity()["Arn"]


def commit(root: Path) -> str | None:
    """Return the clone's commit, with `-dirty` if tracked files differ from it; None outside git."""
    if not (root / ".git").exists():
        return None  # git itself would look further up, for somebody else's repository
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
