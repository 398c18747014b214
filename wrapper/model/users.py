"""Users of a published recommender's model, read from its answers.npy, which may be large.

docs/model-format.md describes both files; numpy could read them, but its import takes longer than this.
"""

import json
import struct
from itertools import islice
from random import Random
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model.artifact import MANIFEST
from wrapper.model.store import get, prefix_of

_ANSWERS = "answers.npy"
# Ten items per user: row, length of the score's text, the text.
_TOP = struct.Struct("<" + "IB11s" * 10)
_NO_ITEM = 2**32 - 1
# Some hundred users, one of whom has ten items.
_LOOK = 64 * 1024
# Of a file up to here all is read rather than some hundred users one by one.
_SMALL = 1024 * 1024


def a_user(aws: Aws, *, bucket: str, version: ModelVersion) -> str | None:
    """Return the first user with a full list, else the first user; None if it is no recommender's model."""
    with explained(ArtifactError):
        manifest = _manifest(aws, bucket, version)
        if manifest is None:
            return None
        users = _users(_part(aws, bucket, version, 0, _LOOK), int(manifest["user_id_bytes"]))
    return next((user for user, is_full in users if is_full), users[0][0] if users else None)


def some_users(aws: Aws, *, bucket: str, version: ModelVersion, count: int) -> list[str]:
    """Return so many users, or all if there are no more, the same ones for the same model.

    None if it is no recommender's model.
    """
    with explained(ArtifactError):
        manifest = _manifest(aws, bucket, version)
        if manifest is None:
            return []
        there, width = int(manifest["users"]), int(manifest["user_id_bytes"])
        size, whole = width + _TOP.size, int(manifest["files"][_ANSWERS]["bytes"])
        rows = sorted(Random(version.sha256).sample(range(there), min(count, there)))
        places = [whole - (there - row) * size for row in rows]
        if whole <= _SMALL:
            content = _part(aws, bucket, version, 0, whole)
            found = [content[place : place + width] for place in places]
        else:
            found = [_part(aws, bucket, version, place, width) for place in places]
    return [user.rstrip(b"\0").decode() for user in found]


def _manifest(aws: Aws, bucket: str, version: ModelVersion) -> dict[str, Any] | None:
    """Return the manifest of a recommender's model, None of another kind, and without a model."""
    prefix = prefix_of(version.name, version.version)
    manifest: dict[str, Any] = json.loads(get(aws, bucket, f"{prefix}/{MANIFEST}") or b"{}")
    is_ours = manifest.get("format") == "recommender" and _ANSWERS in manifest.get("files", ())
    return manifest if is_ours else None


def _part(aws: Aws, bucket: str, version: ModelVersion, start: int, size: int) -> bytes:
    key = f"{prefix_of(version.name, version.version)}/{_ANSWERS}"
    found = aws.s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{start + size - 1}")
    return found["Body"].read()


def _users(start: bytes, width: int) -> list[tuple[str, bool]]:
    """Yield users, and whether each has ten items, of a file of version 1.0 that may be cut off."""
    record = struct.Struct(f"{width}s{_TOP.size}s")
    (header,) = struct.unpack_from("<H", start, 8)
    rows = start[10 + header :]
    whole = rows[: len(rows) // record.size * record.size]
    return [
        (user.rstrip(b"\0").decode(), _NO_ITEM not in islice(_TOP.unpack(top), 0, None, 3))
        for user, top in record.iter_unpack(whole)
    ]
