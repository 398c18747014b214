"""The environment variables of a task's process: its definition's and Fargate's, none of the developer's."""

from collections.abc import Mapping
from pathlib import Path

from emulator.settings import MARK, Settings

# ministack sets these for containers that can reach a metadata address.
_NOT_SERVED = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}


def task_environment(
    *,
    image: Mapping[str, str],
    definition: Mapping[str, str],
    tree: Path | None,
    folder: Path,
    path: str,
    address: str | None,
    settings: Settings,
) -> dict[str, str]:
    """Return the variables. `folder` is the task's own, in place of a container's file system.

    `tree` is the image's, None if it is the root. `path` is PATH, Python first. `address` is the only one on
    which the task may listen; None means any, in a network of its own.
    """
    own = {"HOME": str(folder), "TMPDIR": str(folder / "tmp"), "MODEL_CACHE_DIR": str(folder / "models")}
    own["HOST"] = "0.0.0.0"
    given = {name: str(value) for name, value in definition.items() if name not in _NOT_SERVED}
    inside = {name: inside_tree(value, tree) if tree else value for name, value in image.items()}
    fixed = {"PATH": path, "HOME": own["HOME"], "TMPDIR": own["TMPDIR"]}
    fixed |= {"HOST": address} if address else {}
    return inside | own | _aws(settings) | given | fixed | {MARK: settings.mark}


def container_environment(*, definition: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the variables that a container gets besides its image's own; it may listen on any address."""
    given = {name: str(value) for name, value in definition.items() if name not in _NOT_SERVED}
    return _aws(settings) | given | {"HOST": "0.0.0.0", MARK: settings.mark}


def inside_tree(value: str, tree: Path) -> str:
    """Point each absolute path of a colon-separated value into the unpacked image, if the image has it."""
    return ":".join(_inside(part, tree) for part in value.split(":"))


def _inside(path: str, tree: Path) -> str:
    local = tree / path.lstrip("/")
    return str(local) if path.startswith("/") and path != "/" and local.exists() else path


def _aws(settings: Settings) -> dict[str, str]:
    return {
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_ACCESS_KEY_ID": settings.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.keys.secret_access_key,
        # SDKs must not search for credentials outside the machine.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
    }
