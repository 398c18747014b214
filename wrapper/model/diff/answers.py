"""A model's answers, mapped into memory: who gets which items, and what those are.

docs/model-format.md describes the files. The service has its own code for them.
"""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model.artifact import read
from wrapper.model.diff.comparison import DEPTH, READ, Item

_ANSWERS, _SLOTS, _ITEMS, _COUNTS = READ
_NO_ITEM = 0xFFFFFFFF
_ENTRY = [("item", "<u4"), ("length", "|u1"), ("text", "|S11")]
_FIX = "see docs/model-format.md"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """U users and I items: `records` (U,) of a user's id and their first ten items, `counts` (I,)."""

    version: ModelVersion
    records: NDArray[Any]
    slots: NDArray[np.uint32]
    items: tuple[Item, ...]
    counts: NDArray[np.int64]

    @property
    def users(self) -> NDArray[np.bytes_]:
        found: NDArray[np.bytes_] = self.records["user"]
        return found

    def tops(self, users: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """Return the item rows of some users' top 10, (users, 10), -1 where a list is shorter.

        Raises ArtifactError if one is no item's.
        """
        rows = self.records["top"]["item"][users].astype(np.int64)
        rows[rows == _NO_ITEM] = -1
        if rows.size and rows.max() >= len(self.items):
            raise self._wrong(_ANSWERS, f"name items from 0 to {len(self.items) - 1}", int(rows.max()))
        return rows

    def rows_of(self, users: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Find users in the model's hash table; return their rows, -1 for unknown users."""
        mask = len(self.slots) - 1
        places = np.fromiter(map(zlib.crc32, users.tolist()), dtype=np.int64, count=len(users)) & mask
        rows = np.full(len(users), -1, dtype=np.int64)
        waiting = np.arange(len(users))
        for _ in range(len(self.slots)):
            found = self.slots[places[waiting]].astype(np.int64) - 1
            waiting, found = waiting[found >= 0], found[found >= 0]
            if not waiting.size:
                break
            same = self.users[found] == users[waiting]
            rows[waiting[same]] = found[same]
            waiting = waiting[~same]
            places[waiting] = (places[waiting] + 1) & mask
        return rows

    def _wrong(self, file: str, rule: str, got: object) -> ArtifactError:
        return ArtifactError(f"{self.version.label}: {file} must {rule}, got {got}.", fix=_FIX)


def open_answers(folder: Path) -> Answers:
    """Verify and map the files of a model that are read. Raises ArtifactError."""
    artifact = read(folder, only=READ)
    label = artifact.identity.label
    records, slots, counts = (_mapped(folder / name, label) for name in (_ANSWERS, _SLOTS, _COUNTS))
    width = records.dtype["user"].itemsize if records.dtype.names == ("user", "top") else 1
    items = _items(folder / _ITEMS, label)
    wanted = {
        _ANSWERS: (records, np.dtype([("user", f"|S{width}"), ("top", _ENTRY, (DEPTH,))]), records.shape[:1]),
        _SLOTS: (slots, np.dtype("<u4"), (_slot_count(len(records)),)),
        _COUNTS: (counts, np.dtype("<i8"), (len(items),)),
    }
    for name, (array, dtype, shape) in wanted.items():
        if (array.dtype, array.shape) != (dtype, shape):
            raise ArtifactError(
                f"{label}: {name} must hold {dtype} {shape}, got {array.dtype} {array.shape}.", fix=_FIX
            )
    if slots.max() > len(records):
        raise ArtifactError(f"{label}: {_SLOTS} must hold rows of users, got {slots.max() - 1}.", fix=_FIX)
    return Answers(version=artifact.identity, records=records, slots=slots, items=items, counts=counts)


def _slot_count(users: int) -> int:
    return 1 << (2 * users - 1).bit_length()


def _mapped(path: Path, label: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ArtifactError(f"{label}: {path.name} must be an .npy file: {error}", fix=_FIX) from None
    if not array.shape or not len(array):
        raise ArtifactError(f"{label}: {path.name} must hold something, got {array.shape}.", fix=_FIX)
    return array


def _items(path: Path, label: str) -> tuple[Item, ...]:
    # All lines in one call: a hundred thousand calls of the parser take longer.
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    try:
        pairs = json.loads(b"[" + b",".join(lines) + b"]")
        return tuple(Item(str(number), str(title)) for number, title in pairs)
    except (ValueError, TypeError) as error:
        raise ArtifactError(
            f'{label}: {path.name} must hold ["<item id>","<title>"] in each line: {error}.', fix=_FIX
        ) from None
