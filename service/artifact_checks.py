"""The rules for a model's ids and arrays, checked before it is written; each has its own message."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service import artifact_format as form
from service.errors import ArtifactError

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]

CHUNK = 65_536  # Users that are checked or rendered at a time, so that a million do not need a gigabyte.


def encode_ids(what: str, ids: Sequence[str]) -> list[bytes]:
    """Return the ids as UTF-8. `what` is the argument's name in messages.

    Raises ArtifactError unless they are unique, 1 to 128 bytes long, and without control characters.
    """
    encoded = [_encode_one(what, value) for value in ids]
    if len(set(encoded)) != len(encoded):
        twice, _ = Counter(ids).most_common(1)[0]
        raise ArtifactError(f"{what} must be unique, got {twice!r} twice.")
    return encoded


def _encode_one(what: str, value: str) -> bytes:
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise ArtifactError(f"{what} must be valid Unicode, got {value!r}.") from None
    if len(encoded) > form.MAX_ID_BYTES or not re.fullmatch(form.ID_PATTERN, value):
        rule = f"1 to {form.MAX_ID_BYTES} bytes without control characters"
        raise ArtifactError(f"{what} must be {rule}, got {value!r}.")
    return encoded


def check_arrays(
    users: Sequence[bytes],
    items: Sequence[str],
    titles: Sequence[str],
    user_factors: Floats,
    item_factors: Floats,
    top_items: Rows,
    top_scores: Floats,
    item_counts: NDArray[np.integer[Any]],
) -> None:
    """Raise ArtifactError unless shapes, rows and scores are as `artifact.write_artifact` describes them."""
    if not users or not items:
        raise ArtifactError(f"a model must have users and items, got {len(users)} and {len(items)}.")
    factors, top = item_factors.shape[-1], top_items.shape[-1]
    for what, found, wanted in (
        ("titles", (len(titles),), (len(items),)),
        ("user_factors", user_factors.shape, (len(users), factors)),
        ("item_factors", item_factors.shape, (len(items), factors)),
        ("top_items", top_items.shape, (len(users), top)),
        ("top_scores", top_scores.shape, (len(users), top)),
        ("item_counts", item_counts.shape, (len(items),)),
    ):
        if tuple(found) != wanted:
            raise ArtifactError(f"{what} must have the shape {wanted}, got {tuple(found)}.")
    if not 1 <= top <= form.MAX_TOP:
        raise ArtifactError(f"top_items must have 1 to {form.MAX_TOP} columns, got {top}.")
    for what, array in (("user_factors", user_factors), ("item_factors", item_factors)):
        if not np.isfinite(array).all():
            raise ArtifactError(f"{what} must be finite, got NaN or infinity.")
    for start in range(0, len(users), CHUNK):
        _check_top(top_items[start : start + CHUNK], top_scores[start : start + CHUNK], len(items), start)


def _check_top(rows: Rows, scores: Floats, items: int, start: int) -> None:
    used = rows >= 0
    filled = np.where(used, scores, 0)
    ordered = np.sort(rows, axis=1)
    problems = {
        f"hold item rows from 0 to {items - 1} or -1": ((rows < -1) | (rows >= items)).any(axis=1),
        "be padded with -1 at the end only": (used[:, 1:] & ~used[:, :-1]).any(axis=1),
        "name an item once per user": ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(
            axis=1
        ),
        f"have scores within ±{form.MAX_SCORE}": ~(np.abs(filled) <= form.MAX_SCORE).all(axis=1),
        "be sorted, best score first": (used[:, 1:] & (filled[:, 1:] > filled[:, :-1])).any(axis=1),
    }
    for rule, broken in problems.items():
        if broken.any():
            raise ArtifactError(f"top_items[{start + int(broken.argmax())}] must {rule}.")
