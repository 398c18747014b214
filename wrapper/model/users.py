"""A user of a published recommender's model, read from the beginning of its answers.npy.

docs/model-format.md describes both files; numpy could read them, but its import takes longer than this.
"""

import json
import struct
from itertools import islice

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


def a_user(aws: Aws, *, bucket: str, version: ModelVersion) -> str | None:
    """Return the first user with a full list, else the very first; None if it is no recommender's model."""
    prefix = prefix_of(version.name, version.version)
    with explained(ArtifactError):
        manifest = json.loads(get(aws, bucket, f"{prefix}/{MANIFEST}") or b"{}")
        if manifest.get("format") != "recommender" or _ANSWERS not in manifest.get("files", ()):
            return None
        found = aws.s3.get_object(Bucket=bucket, Key=f"{prefix}/{_ANSWERS}", Range=f"bytes=0-{_LOOK - 1}")
        users = _users(found["Body"].read(), int(manifest["user_id_bytes"]))
    return next((user for user, is_full in users if is_full), users[0][0] if users else None)


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
