"""The loaded model: a memory-mapped artefact and its answers. It allocates one byte per user.

Files that do not grow with the users are checked when a model is opened, a user's row when it is requested.

A Model never changes and may be read from any thread; its files stay mapped as long as it is referenced.
"""

import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap
from struct import Struct
from zlib import crc32

from service import artifact_format as form
from service.artifact_format import Manifest
from service.errors import ArtifactError, DamagedError
from service.items import cut, pairs

_SCORE = rb"-?(?:0|[1-9][0-9]{0,4})\.[0-9]{4}"
_SCORES = re.compile(b"%b(?:,%b){%d}" % (_SCORE, _SCORE, form.READY - 1))


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """One entry of an answer; the score has four decimals."""

    item_id: str
    title: str
    score: float


@dataclass(frozen=True, kw_only=True)
class PopularItem:
    """How often an item occurs in the training data."""

    item_id: str
    title: str
    count: int


class Model:
    """Answers from mapped files: `ready` for the hot path, `body` and `recommend` for the rest.

    `files` maps the names in `artifact_format.SERVED` to their content, `sha256` is the manifest's. Raises
    ArtifactError for files that contradict the manifest; its methods raise DamagedError for a damaged row.
    """

    def __init__(self, *, manifest: Manifest, sha256: str, files: Mapping[str, mmap]) -> None:
        self.manifest = manifest
        self.sha256 = sha256
        self.label = manifest.label
        self._files = files
        self._offsets = {
            name: form.array_offset(name, files[name][: form.MAX_HEADER_BYTES], len(files[name]), layout)
            for name, layout in form.layouts(manifest).items()
            if name in form.SERVED
        }
        self.fragments = cut(files[form.ITEMS], manifest.items)
        self._check_popular()
        self._slots = self.array(form.USER_SLOTS).cast("I")
        self._answer = form.answer_struct(manifest.user_id_bytes)
        self._head = f'","model":"{self.label}","response":['.encode()
        self.ready = self._compile_ready()

    def array(self, name: str) -> memoryview:
        """Return an array's data as bytes, without a copy."""
        return memoryview(self._files[name])[self._offsets[name] :]

    def row(self, user: bytes) -> int | None:
        """Return a user's row; None for an unknown user."""
        users, offset, size = self._files[form.ANSWERS], self._offsets[form.ANSWERS], self._answer.size
        slot = form.first_slot(user, len(self._slots))
        for _ in range(form.MAX_PROBES):
            found = self._slots[slot]
            if not found:
                return None
            if found > self.manifest.users:
                raise DamagedError(f"{form.USER_SLOTS}[{slot}] must be a row of {form.ANSWERS}, got {found}.")
            start = offset + (found - 1) * size
            if users[start : start + self.manifest.user_id_bytes].rstrip(b"\0") == user:
                return found - 1
            slot = (slot + 1) & (len(self._slots) - 1)
        raise DamagedError(f"{form.USER_SLOTS} must have an empty slot among {form.MAX_PROBES}, got none.")

    def top(self, row: int, n: int) -> list[tuple[int, bytes]]:
        """Return the best n entries of a user's row, or all, as pairs of item row and score text."""
        count = min(n, self.manifest.top)
        start = row * self.manifest.top * 4
        items = Struct(f"<{count}i").unpack_from(self._top_items, start)
        scores = Struct(f"<{count}f").unpack_from(self._top_scores, start)
        found = [(item, score) for item, score in zip(items, scores, strict=True) if item != -1]
        # This refuses NaN, too: no comparison with it is true.
        if not all(0 <= item < len(self.fragments) and abs(score) <= form.MAX_SCORE for item, score in found):
            raise DamagedError(f"{form.TOP_ITEMS}[{row}] must have rows of items, and finite scores.")
        return [(item, b"%.4f" % score) for item, score in found]

    def body(self, user: bytes, n: int) -> bytes | None:
        """Render the whole answer of `GET /`, or None for an unknown user."""
        row = self.row(user)
        if row is None:
            return None
        name = json.dumps(user.decode(), ensure_ascii=False).encode()[:-1]
        parts = [part for item, text in self.top(row, n) for part in (self.fragments[item], text)]
        # Each fragment begins with `],`, the end of the entry before it; the first entry has none before it.
        entries = b"".join(parts)[2:] + b"]" if parts else b""
        return b"".join((b'{"success":true,"uid":', name, self._head, entries, b"]}"))

    def recommend(self, user: bytes, n: int) -> list[Recommendation] | None:
        """Return the same entries as `body`, as objects."""
        row = self.row(user)
        if row is None:
            return None
        return [self.recommendation(item, float(text)) for item, text in self.top(row, n)]

    def recommendation(self, item: int, score: float) -> Recommendation:
        """Return the entry of the item in row `item`."""
        item_id, title = self._item(item)
        return Recommendation(item_id=item_id, title=title, score=score)

    def popular(self, n: int) -> list[PopularItem]:
        """Return the n items that occur most often in the training data; ties go by row."""
        rows = self.array(form.POPULAR).cast("i")[:n].tolist()
        counts = self.array(form.ITEM_COUNTS).cast("q")
        return [
            PopularItem(item_id=item_id, title=title, count=counts[row])
            for row in rows
            for item_id, title in [self._item(row)]
        ]

    @cached_property
    def item_rows(self) -> Mapping[str, int]:
        """The row of each item id, computed when the first request needs it (60 ms for 100,000 items)."""
        return {item_id: row for row, (item_id, _) in enumerate(pairs(self._files[form.ITEMS]))}

    def _check_popular(self) -> None:
        counts, items = self.array(form.ITEM_COUNTS).cast("q"), self.manifest.items
        for place, row in enumerate(self.array(form.POPULAR).cast("i")):
            if not 0 <= row < items or counts[row] < 0:
                rule = f"a row from 0 to {items - 1} of an item that is counted"
                raise ArtifactError(f"{form.POPULAR}[{place}] must be {rule}, got {row}.")

    def _item(self, row: int) -> tuple[str, str]:
        item_id, title = json.loads(self.fragments[row][2:-1] + b"]")
        return item_id, title

    @cached_property
    def _top_items(self) -> memoryview:
        return self.array(form.TOP_ITEMS)

    @cached_property
    def _top_scores(self) -> memoryview:
        return self.array(form.TOP_SCORES)

    def _compile_ready(self) -> Callable[[bytes], bytes | None]:
        """Return the hot path's function: from an alphanumeric ASCII user id to the answer with ten items.

        It is a closure over local names with a single join, because each attribute access costs 2 % of a
        request. It returns None for an unknown user, for fewer than ten items and for a damaged row; the
        caller then asks `body`. A row's texts are checked when they are first requested, and not again.
        """
        slots, mask, fragments = self._slots, len(self._slots) - 1, self.fragments
        records, offset = self._files[form.ANSWERS], self._offsets[form.ANSWERS]
        unpack, size, width = self._answer.unpack_from, self._answer.size, self.manifest.user_id_bytes
        head, checked = self._head, bytearray(self.manifest.users)

        def ready(user: bytes) -> bytes | None:
            key = user.ljust(width, b"\0")
            slot, left = crc32(user) & mask, form.MAX_PROBES
            try:
                while found := slots[slot]:
                    # fmt: off
                    name, i0, s0, i1, s1, i2, s2, i3, s3, i4, s4, i5, s5, i6, s6, i7, s7, i8, s8, i9, s9 = (
                        unpack(records, offset + (found - 1) * size)
                    )
                    if name == key:
                        if not checked[found - 1]:
                            texts = b",".join((s0, s1, s2, s3, s4, s5, s6, s7, s8, s9))
                            if not _SCORES.fullmatch(texts):
                                return None
                            checked[found - 1] = 1
                        return b"".join((
                            b'{"success":true,"uid":"', user, head, fragments[i0][2:], s0,
                            fragments[i1], s1, fragments[i2], s2, fragments[i3], s3,
                            fragments[i4], s4, fragments[i5], s5, fragments[i6], s6,
                            fragments[i7], s7, fragments[i8], s8, fragments[i9], s9, b"]]}",
                        ))
                    # fmt: on
                    slot = (slot + 1) & mask
                    left -= 1
                    if not left:
                        return None
            except (IndexError, struct.error):
                pass
            return None

        return ready
