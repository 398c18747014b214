"""Comparisons of two models' artefacts."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wrapper.answers.lists import ITEMS, write_model
from wrapper.errors import ArtifactError
from wrapper.model.diff import Comparison, Item, Shift, Tally, compare

OLD = {"1": "abcdefghij", "2": "abcdefghij", "3": "abcdefghij", "4": "abcdefghij", "gone": "a"}
# The same, another order, one other item at the end, nothing in common; users in another order.
NEW = {"4": "klmnopqrst", "new": "b", "1": "abcdefghij", "2": "bacdefghij", "3": "abcdefghik"}
models = st.dictionaries(
    st.text("abä12", min_size=1, max_size=3),
    st.lists(st.sampled_from(ITEMS), max_size=10, unique=True).map("".join),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    return compare(write_model(tmp_path / "old", OLD), write_model(tmp_path / "new", NEW, version="2"))


def test_a_comparison_counts_users_by_their_ids(found: Comparison) -> None:
    """Their rows may differ between the models."""
    assert (found.old.label, found.new.label) == ("films/1", "films/2")
    assert found.users == Tally(old=5, new=5, both=4)
    assert (found.users.gained, found.users.lost, found.users.lost_share) == (1, 1, 0.2)
    assert (found.changed, found.reordered) == (0.75, 0.25)


def test_the_measures_are_distributions(found: Comparison) -> None:
    """With overlaps of 1, 1, 0.9 and 0, the mean alone would hide the last."""
    assert found.overlap
    assert found.rbo
    assert found.overlap.mean == pytest.approx(0.725)
    assert found.overlap.tenths == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)
    assert found.overlap.quantiles[0.5] == pytest.approx(0.95)
    assert (found.rbo.quantiles[0], found.rbo.quantiles[1]) == (0, 1)


def test_the_largest_changes_come_first_with_titles(found: Comparison) -> None:
    """Users with an unchanged list are not among them."""
    assert [mover.user for mover in found.movers] == ["4", "2", "3"]
    first = found.movers[0]
    assert (first.overlap, first.rbo) == (0, 0)
    assert first.old[0] == Item("a", "Film a")
    assert [item.title for item in first.gained] == [f"Film {item}" for item in "klmnopqrst"]
    assert [item.id for item in found.movers[2].lost] == ["j"]


def test_items_are_told_by_their_ids_too(tmp_path: Path) -> None:
    """Another order of the catalogue is no change; added and removed items are named, popular ones first."""
    old = write_model(tmp_path / "old", {"1": "ab"}, items="abxy", counts=[4, 3, 1, 2])
    new = write_model(tmp_path / "new", {"1": "ab"}, items="zba", counts=[9, 3, 4])
    found = compare(old, new)
    assert found.changed == 0
    assert found.items == Tally(old=4, new=3, both=2)
    assert [item.id for item in found.items_lost] == ["y", "x"]
    assert [item.id for item in found.items_gained] == ["z"]


def test_coverage_and_popularity_are_of_every_list(tmp_path: Path) -> None:
    """Users of only one model count; an item's popularity is the mean of its counts in both models."""
    old = write_model(tmp_path / "old", {"1": "ab", "2": ""}, items="abcd", counts=[10, 6, 2, 2])
    new = write_model(tmp_path / "new", {"1": "cd", "3": "c"}, items="abcde", counts=[20, 10, 4, 2, 1])
    found = compare(old, new)
    assert found.coverage == Shift(old=2 / 4, new=2 / 5)
    # a 15, b 8, c 3, d 2: (15 + 8) / 2 for the only list, then the mean of 2.5 and 3.
    assert found.popularity == Shift(old=11.5, new=2.75)
    assert found.popularity.difference == -8.75


def test_models_that_know_nobody_in_common_have_no_overlap(tmp_path: Path) -> None:
    """It is None, not a zero that was never measured."""
    found = compare(write_model(tmp_path / "a", {"1": "a"}), write_model(tmp_path / "b", {"2": "a"}))
    assert (found.changed, found.reordered, found.overlap, found.rbo) == (None, None, None, None)
    assert found.users.lost_share == 1
    assert json.loads(json.dumps(found.as_json()))["rbo"] is None


@settings(max_examples=30)
@given(models)
def test_a_model_differs_from_itself_by_nothing(lists: Mapping[str, str]) -> None:
    """No user, no item and no measure changes."""
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(Path(folder) / "model", lists)
        found = compare(model, model)
    assert found.overlap
    assert found.rbo
    assert (found.changed, found.overlap.mean, found.rbo.mean) == (0, 1, 1)
    assert (found.users.gained, found.users.lost, found.items.gained, found.items.lost) == (0, 0, 0, 0)
    assert (found.coverage.difference, found.popularity.difference) == (0, 0)
    assert found.movers == ()


@settings(max_examples=30)
@given(models, models)
def test_the_other_way_round_is_the_same_backwards(
    first: Mapping[str, str], second: Mapping[str, str]
) -> None:
    """Items added in one direction are removed in the other; agreement is the same in both."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            write_model(Path(folder) / "first", first, items=ITEMS, counts=range(1, 21)),
            write_model(Path(folder) / "second", second, items=ITEMS[::-1]),
        ]
        there, back = compare(*paths), compare(*reversed(paths))
    assert (there.changed, there.reordered) == (back.changed, back.reordered)
    assert (there.users.gained, there.users.lost) == (back.users.lost, back.users.gained)
    assert there.coverage == Shift(old=back.coverage.new, new=back.coverage.old)
    assert there.popularity.difference == pytest.approx(-back.popularity.difference)
    for one, other in ((there.overlap, back.overlap), (there.rbo, back.rbo)):
        assert (one and one.tenths) == (other and other.tenths)
        assert (one and pytest.approx(one.mean)) == (other and other.mean)


def rewritten(model: Path, file: str, change: Callable[[Path], None]) -> Path:
    """Change a file of a model, and its sha256 with it."""
    change(model / file)
    manifest = json.loads((model / "manifest.json").read_text())
    content = (model / file).read_bytes()
    manifest["files"][file] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (model / "manifest.json").write_text(json.dumps(manifest))
    return model


def npy(value: object, dtype: str) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.array(value, dtype=dtype))


def unknown_item(path: Path) -> None:
    np.load(path, mmap_mode="r+")["top"]["item"][0, 0] = 77


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("answers.npy", unknown_item, "films/1: answers.npy must name items from 0 to 19, got 77."),
        ("answers.npy", npy([1, 2], "<i4"), "films/1: answers.npy must hold .*'user'.* got int32"),
        (
            "user_slots.npy",
            npy([1], "<u4"),
            r"films/1: user_slots.npy must hold uint32 \(16,\), got .* \(1,\)",
        ),
        ("user_slots.npy", npy([9] * 16, "<u4"), "films/1: user_slots.npy must hold rows of users, got 8."),
        ("item_counts.npy", npy([], "<i8"), r"films/1: item_counts.npy must hold something, got \(0,\)."),
        (
            "items.jsonl",
            lambda path: path.write_text("a,b\n"),
            "films/1: items.jsonl must hold .* in each line",
        ),
        ("answers.npy", lambda path: path.write_text("x"), "films/1: answers.npy must be an .npy file"),
    ],
)
def test_a_file_of_another_form_is_refused(
    tmp_path: Path, file: str, change: Callable[[Path], None], sentence: str
) -> None:
    """The message has the file's name, the rule and the actual value."""
    good = write_model(tmp_path / "good", OLD)
    bad = rewritten(write_model(tmp_path / "bad", OLD), file, change)
    with pytest.raises(ArtifactError, match=sentence):
        compare(bad, good)


def test_only_what_is_read_need_be_there(tmp_path: Path) -> None:
    """Factors and longer lists, which are most of a model, may be missing."""
    model = write_model(tmp_path / "model", OLD)
    for path in (*model.glob("*factors.npy"), *model.glob("top_*.npy")):
        path.unlink()
    assert compare(model, model).changed == 0
    (model / "answers.npy").unlink()
    with pytest.raises(ArtifactError, match=r"answers.npy is missing"):
        compare(model, model)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Any trained artefact can be published, but not all answer with lists."""
    (tmp_path / "x.bin").write_bytes(b"1")
    pin = {"sha256": hashlib.sha256(b"1").hexdigest(), "bytes": 1}
    manifest = {"name": "other", "version": "1", "files": {"x.bin": pin}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=r"must list answers.npy, .*, got x.bin"):
        compare(tmp_path, tmp_path)
