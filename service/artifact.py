"""Write an artefact: the directory that a trainer hands to the server.

docs/model-format.md describes the format in words.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service import artifact_format as form
from service.artifact_checks import CHUNK, Floats, Rows, check_arrays, encode_ids
from service.artifact_format import FileEntry, FoldIn, Manifest
from service.errors import ArtifactError


def write_artifact(
    directory: Path,
    *,
    name: str,
    version: str,
    user_ids: Sequence[str],
    item_ids: Sequence[str],
    titles: Sequence[str],
    user_factors: Floats,
    item_factors: Floats,
    top_items: Rows,
    top_scores: Floats,
    item_counts: NDArray[np.integer[Any]],
    parameters: Mapping[str, Any],
    metrics: Mapping[str, Any],
    data: Mapping[str, Any],
    fold_in: FoldIn | None = None,
) -> Manifest:
    """Write `directory` whole or not at all, and return its manifest.

    Shapes: user_factors (U, F), item_factors (I, F), top_items and top_scores (U, K) with 1 <= K <= 100,
    best first, item rows padded with -1 at the end; item_counts (I,), how often each item occurs in the
    training data. A score is the dot product of a user's and an item's factors. `data` is the training data's
    fingerprint. The same arguments give the same bytes, also of the manifest.

    Raises ArtifactError for arrays that do not fit together, and FileExistsError if `directory`
    exists: a version never changes.
    """
    for what, value in (("name", name), ("version", version)):
        if not re.match(form.NAME_PATTERN, value):
            raise ArtifactError(f"{what} must match {form.NAME_PATTERN}, got {value!r}.")
    users = encode_ids("user_ids", user_ids)
    encode_ids("item_ids", item_ids)
    top_scores = top_scores.astype("<f4", copy=False)
    check_arrays(users, item_ids, titles, user_factors, item_factors, top_items, top_scores, item_counts)
    if directory.exists():
        raise FileExistsError(f"{directory} exists already; a model version never changes.")
    arrays = {
        form.USER_SLOTS: _user_slots(users),
        form.TOP_ITEMS: top_items.astype("<i4", copy=False),
        form.TOP_SCORES: top_scores,
        form.ITEM_COUNTS: item_counts.astype("<i8", copy=False),
        form.POPULAR: _most_counted(item_counts),
        form.ITEM_FACTORS: item_factors.astype("<f4", copy=False),
        form.ITEM_GRAM: (item_factors.T @ item_factors).astype("<f4", copy=False),
        form.USER_FACTORS: user_factors.astype("<f4", copy=False),
    }
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        _write_items(work / form.ITEMS, item_ids, titles)
        _write_answers(work / form.ANSWERS, users, top_items, top_scores)
        for filename, array in arrays.items():
            np.save(work / filename, np.ascontiguousarray(array), allow_pickle=False)
        manifest = Manifest(
            format="recommender",
            format_version=form.FORMAT_VERSION,
            name=name,
            version=version,
            users=len(users),
            items=len(item_ids),
            factors=item_factors.shape[1],
            top=top_items.shape[1],
            user_id_bytes=_longest(users),
            fold_in=fold_in or FoldIn(),
            files={filename: _describe(work / filename) for filename in form.FILES},
            data=data,
            parameters=parameters,
            metrics=metrics,
        )
        content = json.dumps(manifest.model_dump(mode="json"), indent=2)
        (work / form.MANIFEST).write_text(content + "\n", encoding="utf-8")
        _publish(work, directory)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _write_items(path: Path, ids: Sequence[str], titles: Sequence[str]) -> None:
    """One JSON text `["id","title"]` a line. The server splits at line ends, which JSON always escapes."""
    with path.open("wb") as file:
        for pair in zip(ids, titles, strict=True):
            line = json.dumps(pair, ensure_ascii=False, separators=(",", ":"))
            # Half a surrogate pair has no UTF-8, but one bad title is no reason to refuse a model.
            file.write(line.encode(errors="replace") + b"\n")


def _longest(users: Sequence[bytes]) -> int:
    return max(len(user) for user in users)


def _write_answers(path: Path, users: Sequence[bytes], rows: Rows, scores: Floats) -> None:
    dtype = np.dtype(form.answer_dtype(_longest(users)))
    answers = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(len(users),))
    ready = min(form.READY, rows.shape[1])
    # A template for a whole row: one formatting call instead of ten.
    template = "\n".join(["%.4f"] * ready)
    for start in range(0, len(users), CHUNK):
        part = slice(start, min(start + CHUNK, len(users)))
        records = np.zeros(part.stop - start, dtype=dtype)
        records["user"] = users[part]
        records["top"]["item"] = form.NO_ITEM
        used = rows[part, :ready] >= 0
        records["top"]["item"][:, :ready][used] = rows[part, :ready][used]
        lines = np.where(used, scores[part, :ready], 0).astype(np.float64).tolist()
        texts = np.array([(template % tuple(line)).split("\n") for line in lines], dtype="S")
        records["top"]["text"][:, :ready] = np.where(used, texts, b"")
        records["top"]["length"] = np.strings.str_len(records["top"]["text"])
        answers[part] = records
    answers.flush()


def _user_slots(users: Sequence[bytes]) -> NDArray[np.uint32]:
    """Build the hash table: open addressing, a slot holds row + 1 or 0 if empty, at most half full.

    A search starts at crc32(id), see `artifact_format.first_slot`.
    """
    slots = np.zeros(form.slot_count(len(users)), dtype="<u4")
    mask = len(slots) - 1
    places = np.fromiter((zlib.crc32(user) for user in users), dtype=np.int64, count=len(users)) & mask
    waiting = np.arange(len(users))
    for _ in range(form.MAX_PROBES):
        # Of the users whose next slot is the same empty one, the first takes it; the others try the slot
        # after.
        free = waiting[slots[places[waiting]] == 0]
        _, first = np.unique(places[free], return_index=True)
        seated = free[first]
        slots[places[seated]] = seated + 1
        waiting = np.setdiff1d(waiting, seated, assume_unique=True)
        if not waiting.size:
            return slots
        places[waiting] = (places[waiting] + 1) & mask
    raise ArtifactError(
        f"user_ids must not share a CRC-32 so often that a search reads more than {form.MAX_PROBES} slots,"
        f" got {users[waiting[0]].decode()!r}."
    )


def _most_counted(counts: NDArray[np.integer[Any]]) -> Rows:
    return np.argsort(-counts.astype(np.int64), kind="stable")[: form.MAX_TOP].astype("<i4")


def _describe(path: Path) -> FileEntry:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if path.suffix != ".npy":
        return FileEntry(sha256=sha256, bytes=path.stat().st_size)
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    dtype = np.lib.format.dtype_to_descr(array.dtype)
    return FileEntry(sha256=sha256, bytes=path.stat().st_size, dtype=dtype, shape=array.shape)


def _publish(work: Path, directory: Path) -> None:
    """Rename the finished directory: atomic, and the file system refuses a name that is taken."""
    for path in work.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    work.chmod(0o755)
    try:
        work.rename(directory)
    except OSError as error:
        if not directory.exists():
            raise
        raise FileExistsError(f"{directory} exists already; a model version never changes.") from error
