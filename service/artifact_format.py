"""The artefact's format: names, record layouts, the manifest. Not with numpy, whose import takes long.

docs/model-format.md describes the same for people who write other trainers.
"""

import ast
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import ArtifactError

FORMAT: Final = "recommender"
FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"

ANSWERS: Final = "answers.npy"
USER_SLOTS: Final = "user_slots.npy"
ITEMS: Final = "items.jsonl"
TOP_ITEMS: Final = "top_items.npy"
TOP_SCORES: Final = "top_scores.npy"
ITEM_COUNTS: Final = "item_counts.npy"
POPULAR: Final = "popular.npy"
ITEM_FACTORS: Final = "item_factors.npy"
ITEM_GRAM: Final = "item_gram.npy"
USER_FACTORS: Final = "user_factors.npy"

# What a server reads. Only trainers need the user factors: up to half a gigabyte that a server never fetches.
SERVED: Final = (
    ANSWERS,
    USER_SLOTS,
    ITEMS,
    TOP_ITEMS,
    TOP_SCORES,
    ITEM_COUNTS,
    POPULAR,
    ITEM_FACTORS,
    ITEM_GRAM,
)
FILES: Final = (*SERVED, USER_FACTORS)

READY: Final = 10  # The entries of a rendered answer: the default of `n`.
MAX_TOP: Final = 100  # The largest `n`.
NO_ITEM: Final = 0xFFFFFFFF  # Fills an answer record that has fewer entries.
MAX_ID_BYTES: Final = 128
SCORE_TEXT_BYTES: Final = 11
MAX_SCORE: Final = 99_999  # "-99999.0000" fills SCORE_TEXT_BYTES.
# A search for a user reads at most so many slots. In a table that is half full, the longest search reads
# about ln(users) / 0.19 slots: a hundred for a thousand million users.
MAX_PROBES: Final = 1024
MAX_MANIFEST_BYTES: Final = 1 << 20  # The pointer's bound, too.
# The average of items.jsonl, which is held in memory. A file of up to 1 MiB is accepted in any case.
MAX_LINE_BYTES: Final = 4096
MAX_HEADER_BYTES: Final = 4096
ID_PATTERN: Final = r"^[^\x00-\x1f\x7f-\x9f]{1,128}$"  # Anything but control characters.
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]  # Rows are 32-bit integers.
Bytes = Annotated[int, Field(ge=1, le=2**62)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    # Keys that a newer trainer adds are ignored, so that an older server can still read its models.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class FileEntry(_Part):
    """One file: its size, its sha256 and, for arrays, what the .npy header says."""

    sha256: Sha256
    bytes: Bytes
    dtype: Any = None
    shape: tuple[int, ...] | None = Field(default=None, strict=False)


class FoldIn(_Part):
    """How an unknown user is scored from liked items: implicit-feedback ALS, one confidence for every item.

    The user's factors x solve `(G + regularization·I + (confidence - 1)·Σ y yᵀ) x = confidence·Σ y`, summed
    over the liked items' factors `y`; `G` is the items' Gram matrix (Hu, Koren, Volinsky 2008, in the
    convention of the library implicit).
    """

    regularization: Annotated[float, Field(ge=0)] = 0.01
    confidence: Annotated[float, Field(gt=0)] = 1.0


class Manifest(_Part):
    """manifest.json, written last: a directory without one is not a model."""

    format: Literal["recommender"]
    format_version: int
    name: Name
    version: Name
    # Always empty: with a time, training the same model again would give another sha256. The key stays,
    # because older servers require it.
    trained_at: str = ""
    users: Count
    items: Count
    factors: Count
    top: Annotated[int, Field(ge=1, le=MAX_TOP)]
    user_id_bytes: Annotated[int, Field(ge=1, le=MAX_ID_BYTES)]
    fold_in: FoldIn
    files: Mapping[Name, FileEntry]
    data: Mapping[str, Any]
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The model's name and version, as `<name>/<version>`."""
        return f"{self.name}/{self.version}"


class _Version(_Part):
    format: Annotated[str, Field(max_length=64)]
    format_version: Annotated[int, Field(ge=0, le=2**31)]


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest; raise ArtifactError, with a message of its own for another format version."""
    try:
        version = _Version.model_validate_json(content)
        if (version.format, version.format_version) != (FORMAT, FORMAT_VERSION):
            raise ArtifactError(
                f"{MANIFEST}: format must be {FORMAT} {FORMAT_VERSION},"
                f" got {version.format} {version.format_version}."
            )
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in problem["loc"]) or "content"
        raise ArtifactError(f"{MANIFEST}: {path} is wrong: {problem['msg']}.") from None
    missing = [name for name in FILES if name not in manifest.files]
    if missing:
        raise ArtifactError(f"{MANIFEST}: files must list {', '.join(missing)}.")
    _check_sizes(manifest)
    return manifest


def _check_sizes(manifest: Manifest) -> None:
    """Refuse sizes that contradict the counts, before disk space is reserved for them."""
    items = (ITEMS, 1, max(manifest.items * MAX_LINE_BYTES, MAX_MANIFEST_BYTES))
    arrays = (
        (name, layout.data_bytes, layout.data_bytes + MAX_HEADER_BYTES)
        for name, layout in layouts(manifest).items()
    )
    for name, least, most in (items, *arrays):
        size = manifest.files[name].bytes
        if not least <= size <= most:
            raise ArtifactError(
                f"{MANIFEST}: files.{name}.bytes must be {least:,} to {most:,}, which is what the counts say,"
                f" got {size:,}."
            )


@dataclass(frozen=True, kw_only=True)
class ArrayLayout:
    """What a .npy file's header must say; `dtype` in numpy's `descr` form, one element takes `item_bytes`."""

    dtype: str | Sequence[Any]
    item_bytes: int
    shape: tuple[int, ...]

    @property
    def data_bytes(self) -> int:
        """The size of the array without its header."""
        count = 1
        for length in self.shape:
            count *= length
        return count * self.item_bytes


ENTRY_DTYPE: Final = [("item", "<u4"), ("length", "|u1"), ("text", f"|S{SCORE_TEXT_BYTES}")]


def answer_dtype(user_id_bytes: int) -> list[Any]:
    """Return the dtype of `answers.npy` in numpy's `descr` form, see `answer_struct`."""
    return [("user", f"|S{user_id_bytes}"), ("top", ENTRY_DTYPE, (READY,))]


def answer_struct(user_id_bytes: int) -> struct.Struct:
    """Return the layout of one answer record: the user's id, then item row and score text, ten times.

    `p` is a Pascal string: it begins with its length, so unpacking drops the padding.
    """
    return struct.Struct(f"<{user_id_bytes}s" + f"I{SCORE_TEXT_BYTES + 1}p" * READY)


def layouts(manifest: Manifest) -> Mapping[str, ArrayLayout]:
    """Return what each array's header must say, given the manifest's counts."""
    users, items, factors, top = manifest.users, manifest.items, manifest.factors, manifest.top
    record = answer_struct(manifest.user_id_bytes).size

    def array(dtype: str | Sequence[Any], item_bytes: int, *shape: int) -> ArrayLayout:
        return ArrayLayout(dtype=dtype, item_bytes=item_bytes, shape=shape)

    return MappingProxyType(
        {
            ANSWERS: array(answer_dtype(manifest.user_id_bytes), record, users),
            USER_SLOTS: array("<u4", 4, slot_count(users)),
            TOP_ITEMS: array("<i4", 4, users, top),
            TOP_SCORES: array("<f4", 4, users, top),
            ITEM_COUNTS: array("<i8", 8, items),
            POPULAR: array("<i4", 4, min(items, MAX_TOP)),
            ITEM_FACTORS: array("<f4", 4, items, factors),
            ITEM_GRAM: array("<f4", 4, factors, factors),
            USER_FACTORS: array("<f4", 4, users, factors),
        }
    )


def slot_count(users: int) -> int:
    """Return the lookup table's size: the smallest power of two that leaves at least half of it empty."""
    return 1 << (2 * users - 1).bit_length()


def first_slot(user: bytes, slots: int) -> int:
    """Return where the search for a user starts. It reads slot after slot until an empty one (0)."""
    return crc32(user) & (slots - 1)


def array_offset(name: str, head: bytes, size: int, layout: ArrayLayout) -> int:
    """Check a .npy file's header against its layout and return where its data begins.

    `head` is the beginning of the file (MAX_HEADER_BYTES), `size` the whole file's. Raises ArtifactError.
    """
    if head[:8] != b"\x93NUMPY\x01\x00":
        raise ArtifactError(f"{name} must begin with the header of an .npy file, version 1.0.")
    offset = 10 + int.from_bytes(head[8:10], "little")
    try:
        header = ast.literal_eval(head[10:offset].decode("latin-1"))
        found = (header["descr"], header["fortran_order"], tuple(header["shape"]))
    # All that literal_eval may raise, by its documentation.
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise ArtifactError(f"{name} has a header that cannot be read.") from None
    wanted = (layout.dtype, False, layout.shape)
    if found != wanted:
        raise ArtifactError(f"{name} must hold {wanted[0]} {wanted[2]}, got {found[0]} {found[2]}.")
    if size - offset != layout.data_bytes:
        raise ArtifactError(f"{name} must be {offset + layout.data_bytes} bytes long, got {size}.")
    return offset
