"""Writing a model: completely or not at all, once, and only if it is consistent."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from service.artifact import write_artifact
from service.artifact_format import ANSWERS, FILES, MANIFEST, USER_SLOTS, parse_manifest, slot_count
from service.errors import ArtifactError
from service.loading import load
from service.settings import StoreSettings
from service.store import open_store
from tests.service.models import Source, arguments, make_source


@pytest.fixture
def given() -> dict[str, Any]:
    return arguments(make_source(users=4, items=20, factors=4), top=12)


def test_manifest_describes_every_file(artifact: Path) -> None:
    """Each listed file has the size and the sha256 that the manifest says, and there are no others."""
    manifest = parse_manifest((artifact / MANIFEST).read_bytes())
    for name, entry in manifest.files.items():
        content = (artifact / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry.bytes, entry.sha256)
    assert {path.name for path in artifact.iterdir()} == {*FILES, MANIFEST}


def test_arrays_load_without_pickle(artifact: Path) -> None:
    """Every array is a plain .npy file with the shape and dtype that the manifest says."""
    manifest = json.loads((artifact / MANIFEST).read_text())
    for path in artifact.glob("*.npy"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        assert list(array.shape) == manifest["files"][path.name]["shape"]


def test_answers_repeat_the_top_table(artifact: Path) -> None:
    """The ready records contain the first ten columns, with the scores as text of four decimals."""
    answers = np.load(artifact / ANSWERS)["top"]
    items, scores = np.load(artifact / "top_items.npy")[:, :10], np.load(artifact / "top_scores.npy")[:, :10]
    used = items >= 0
    assert (answers["item"][used] == items[used]).all()
    assert answers["text"][used].tolist() == [b"%.4f" % score for score in scores[used].tolist()]
    assert not answers["length"][~used].any()


def test_lookup_table_is_at_most_half_full(artifact: Path, source: Source) -> None:
    """Each user has a slot of their own, and at least as many slots are empty."""
    slots = np.load(artifact / USER_SLOTS)
    assert sorted(slots[slots > 0].tolist()) == list(range(1, len(source.users) + 1))
    assert len(slots) == slot_count(len(source.users)) >= 2 * len(source.users)


def test_second_writer_gets_an_error(tmp_path: Path, given: dict[str, Any]) -> None:
    """A version is written once; the second writer changes nothing."""
    write_artifact(tmp_path / "1", **given)
    before = (tmp_path / "1" / MANIFEST).read_bytes()
    with pytest.raises(FileExistsError, match="a model version never changes"):
        write_artifact(tmp_path / "1", **{**given, "metrics": {"ndcg": 1}})
    assert (tmp_path / "1" / MANIFEST).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_writers_that_race_leave_one_model(tmp_path: Path, given: dict[str, Any]) -> None:
    """Of writers that begin at once one wins; the file system refuses the others."""
    start = Barrier(4)

    def write(writer: str) -> Any:
        start.wait()
        try:
            return write_artifact(tmp_path / "1", **{**given, "data": {"writer": writer}}).data
        except FileExistsError:
            return None

    with ThreadPoolExecutor(4) as pool:
        winners = [winner for winner in pool.map(write, "abcd") if winner]
    assert winners == [parse_manifest((tmp_path / "1" / MANIFEST).read_bytes()).data]
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_failure_in_the_middle_leaves_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    """A model that cannot be written completely is not there at all."""
    with pytest.raises(ValueError, match="serialize"):
        write_artifact(tmp_path / "1", **{**given, "metrics": {"ndcg": object()}})
    assert list(tmp_path.iterdir()) == []


def test_same_input_gives_same_bytes(tmp_path: Path, given: dict[str, Any]) -> None:
    """Writing is deterministic, including the manifest, whose sha256 identifies a model."""
    for folder in ("a", "b"):
        write_artifact(tmp_path / folder, **given)
    assert (tmp_path / "a" / MANIFEST).read_bytes() == (tmp_path / "b" / MANIFEST).read_bytes()


def test_model_with_a_moment_still_loads(tmp_path: Path, given: dict[str, Any]) -> None:
    """Older manifests contain the training time, and their sha256 still identifies the model."""
    write_artifact(tmp_path / "1", **given)
    manifest = tmp_path / "1" / MANIFEST
    manifest.write_text(
        manifest.read_text().replace('"trained_at": ""', '"trained_at": "2026-01-02T03:04:05Z"')
    )
    model = load(open_store(str(tmp_path / "1"), StoreSettings()))
    assert model.sha256 == hashlib.sha256(manifest.read_bytes()).hexdigest()
    assert model.manifest.trained_at == "2026-01-02T03:04:05Z"


def test_half_a_character_in_a_title_is_replaced(tmp_path: Path, given: dict[str, Any]) -> None:
    """A title that is not valid as UTF-8 does not make the model fail."""
    given["titles"] = ["half \ud83c", *given["titles"][1:]]
    write_artifact(tmp_path / "1", **given)
    assert (tmp_path / "1" / "items.jsonl").read_text().startswith('["1000","half ?"]\n')


def changed(array: np.ndarray[Any, Any], place: tuple[int, int], value: float) -> np.ndarray[Any, Any]:
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("argument", "change", "message"),
    [
        ("name", lambda _: "a/b", "name must match"),
        ("version", lambda _: "", "version must match"),
        ("user_ids", lambda ids: [], "must have users and items, got 0 and 20"),
        ("user_ids", lambda ids: [*ids[:-1], ids[0]], "user_ids must be unique, got '1' twice"),
        ("user_ids", lambda ids: ["", *ids[1:]], "user_ids must be 1 to 128 bytes"),
        ("user_ids", lambda ids: ["a\nb", *ids[1:]], "without control characters, got 'a\\\\nb'"),
        ("user_ids", lambda ids: ["ü" * 65, *ids[1:]], "user_ids must be 1 to 128 bytes"),
        ("item_ids", lambda ids: ["\ud800", *ids[1:]], "item_ids must be valid Unicode"),
        ("titles", lambda titles: titles[1:], r"titles must have the shape \(20,\), got \(19,\)"),
        ("item_factors", lambda array: array[:, 1:], r"user_factors must have the shape \(18, 3\)"),
        ("item_factors", lambda array: changed(array, (0, 0), np.nan), "item_factors must be finite"),
        ("user_factors", lambda array: changed(array, (0, 0), np.inf), "user_factors must be finite"),
        ("top_scores", lambda array: array[:, 1:], "top_scores must have the shape"),
        ("top_items", lambda array: changed(array, (2, 0), 20), r"top_items\[2\] must hold item rows from 0"),
        ("top_items", lambda array: changed(array, (2, 0), -1), r"top_items\[2\] must be padded with -1"),
        ("top_items", lambda array: changed(array, (2, 0), array[2, 1]), r"\[2\] must name an item once"),
        ("top_scores", lambda array: changed(array, (1, 0), np.nan), r"\[1\] must have scores within"),
        ("top_scores", lambda array: changed(array, (1, 0), 1e5), r"\[1\] must have scores within"),
        ("top_scores", lambda array: changed(array, (3, 0), -9.0), r"\[3\] must be sorted"),
        ("item_counts", lambda array: array[1:], "item_counts must have the shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, given: dict[str, Any], argument: str, change: Any, message: str
) -> None:
    """Each rule has its message, and nothing is written."""
    given[argument] = change(given[argument])
    with pytest.raises(ArtifactError, match=message):
        write_artifact(tmp_path / "1", **given)
    assert list(tmp_path.iterdir()) == []
