"""The model's answers compared with brute force in float64."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from service.artifact import write_artifact
from service.artifact_format import ITEMS, MANIFEST, FoldIn
from service.errors import ArtifactError
from service.fold_in import fold_in
from service.loading import load
from service.model import Model
from service.settings import StoreSettings
from service.store import FileStore, open_store
from tests.service.models import Source, arguments, make_source


def test_every_answer_is_exact(model: Model, source: Source) -> None:
    """Ids have brute force's order, scores have four decimals, and no item is seen or repeated."""
    for row, user in enumerate(source.users):
        body = model.body(user.encode(), 100)
        assert body is not None
        wanted = source.best(row, 100)
        found = json.loads(body)["response"]
        assert [entry[:2] for entry in found] == [[item, title] for item, title, _ in wanted]
        assert [entry[2] for entry in found] == pytest.approx([score for *_, score in wanted], abs=1e-4)


def test_ready_answer_is_the_rendered_one(model: Model, source: Source) -> None:
    """For every user with ten items, the stored bytes are those of the general path."""
    ready = [user for user in map(str.encode, source.users) if user.isalnum() and model.ready(user)]
    assert len(ready) >= 200
    assert all(model.ready(user) == model.body(user, 10) for user in ready)


def test_fewer_than_ten_items_are_not_ready(model: Model) -> None:
    """A user with three unseen items gets three, one with none an empty list."""
    assert (model.ready(b"nearly"), model.ready(b"full")) == (None, None)
    nearly, full = model.recommend(b"nearly", 10), model.recommend(b"full", 10)
    assert nearly is not None
    assert (len(nearly), full) == (3, [])
    assert json.loads(model.body(b"full", 10) or b"")["response"] == []


@pytest.mark.parametrize("user", [b"-1", b"100000", b"", b"01", b"1\0", b"\xff", b"x" * 10_000])
def test_unknown_user_has_no_answer(model: Model, user: bytes) -> None:
    """No unknown name gets another user's list: not by sign, padding, prefix or length."""
    assert (model.ready(user), model.body(user, 10), model.recommend(user, 10)) == (None, None, None)


def test_more_than_there_is_is_fine(tmp_path: Path) -> None:
    """With four items, a request for a hundred gets four."""
    source = make_source(users=3, items=4, factors=2)
    write_artifact(tmp_path / "1", **arguments(source, top=4))
    model = load(FileStore(tmp_path / "1"))
    answer = model.recommend(b"1", 100)
    assert answer is not None
    assert len(answer) == len(source.best(0, 100))


def test_checkerboard_is_answered_as_anyone_would(tmp_path: Path) -> None:
    """Even users like even items: of two factors, four users and four items, one item is left for each."""
    even = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=np.float32)
    left = np.array([[2], [3], [0], [1]], dtype=np.int32)
    given = arguments(make_source(users=4, items=4, factors=2))
    given |= {"user_ids": list("abcd"), "user_factors": even, "item_factors": even}
    given |= {"top_items": left, "top_scores": np.ones((4, 1), dtype=np.float32)}
    write_artifact(tmp_path / "1", **given)
    model = load(FileStore(tmp_path / "1"))
    answers = [model.recommend(user, 10) or [] for user in (b"a", b"b", b"c", b"d")]
    assert [[item.item_id for item in answer] for answer in answers] == [
        ["1002"],
        ["1003"],
        ["1000"],
        ["1001"],
    ]
    assert [item.item_id for item in fold_in(model, [0], 1)] == ["1002"]


def test_popular_items_come_by_count(model: Model, source: Source) -> None:
    """The most frequent item of the training data is first."""
    popular = model.popular(3)
    assert [item.count for item in popular] == [149, 148, 147]
    assert popular[0].title == source.titles[source.items.index(popular[0].item_id)]


@pytest.mark.parametrize("content", ['["1","only one"]\n', '["1","cut'])
def test_items_file_with_missing_lines_is_refused(artifact: Path, tmp_path: Path, content: str) -> None:
    """A file of titles with fewer lines than factors is refused, even if its sha256 is right."""
    directory = shutil.copytree(artifact, tmp_path / "1")
    (directory / ITEMS).write_text(content)
    manifest = json.loads((directory / MANIFEST).read_text())
    entry = {"sha256": sha256(content.encode()).hexdigest(), "bytes": len(content)}
    (directory / MANIFEST).write_text(json.dumps({**manifest, "files": {**manifest["files"], ITEMS: entry}}))
    with pytest.raises(ArtifactError, match=r"items.jsonl must have 150 whole lines, got [01]"):
        load(FileStore(directory))


def test_fold_in_solves_what_the_format_says(tmp_path: Path) -> None:
    """Live scores equal the paper's normal equations, solved directly in float64."""
    given = arguments(make_source(users=3, items=40, factors=4))
    write_artifact(tmp_path / "1", **given, fold_in=FoldIn(regularization=0.1, confidence=5.0))
    model = load(open_store(str(tmp_path / "1"), StoreSettings()))
    factors = given["item_factors"].astype(np.float64)
    liked = factors[[3, 7]]
    system = factors.T @ factors + 0.1 * np.eye(4) + 4.0 * liked.T @ liked
    scores = factors @ np.linalg.solve(system, 5.0 * liked.sum(axis=0))
    scores[[3, 7]] = -np.inf
    best = np.argsort(-scores)[:10]
    found = fold_in(model, [3, 7], 10)
    assert [item.item_id for item in found] == [str(1000 + row) for row in best]
    assert [item.score for item in found] == pytest.approx(scores[best], abs=1e-4)


def test_fold_in_of_everything_recommends_nothing(model: Model) -> None:
    """If a user likes all items, none are left."""
    assert fold_in(model, range(model.manifest.items), 10) == []


def test_fold_in_breaks_ties_by_row(tmp_path: Path) -> None:
    """Equal scores are in the items' order, even if the normal equations are singular."""
    given = arguments(make_source(users=3, items=40, factors=4))
    given["item_factors"] = np.ones((40, 4), dtype=np.float32)
    write_artifact(tmp_path / "1", **given, fold_in=FoldIn(regularization=0.0))
    model = load(open_store(str(tmp_path / "1"), StoreSettings()))
    assert [item.item_id for item in fold_in(model, [1], 3)] == ["1000", "1002", "1003"]
