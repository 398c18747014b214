"""The trainer's command line: from ratings to an artefact that the server loads."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from service.loading import load
from service.settings import StoreSettings
from service.store import open_store
from service.train.cli import main
from service.train.kernels import SHARED, shared_kernels
from tests.service.s3 import S3

SMALL = "userId,movieId,rating,timestamp\n" + "".join(
    f"{user},{item},{1 + (user * item) % 5},{user}\n"
    for user in range(1, 31)
    for item in range(1, 41)
    if (user + item) % 2 == 0 and (user * 7 + item) % 5
)
# For few ratings, few factors.
QUICK = ("--factors", "16", "--iterations", "5")
MOVIES = "movieId,title,genres\n" + "".join(f"{item},Film {item} (2000),\n" for item in range(1, 40))


def train(out: Path | str, *words: str, environment: dict[str, str] | None = None) -> int:
    return main(["--out", str(out), "--name", "test", "--version", "1", *QUICK, *words], environment or {})


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "ratings.csv"
    path.parent.mkdir()
    path.write_text(SMALL)
    path.with_name("movies.csv").write_text(MOVIES)
    return path


def test_artifact_answers(ratings: Path, tmp_path: Path) -> None:
    """The server loads the trainer's files, and recommends nothing that a user has rated."""
    assert train(tmp_path / "model", "--ratings", str(ratings)) == 0
    model = load(open_store(str(tmp_path / "model"), StoreSettings()))
    rated = {line.split(",")[1] for line in SMALL.splitlines() if line.startswith("20,")}
    answer = model.recommend(b"20", 100) or []
    assert {entry.item_id for entry in answer} == {str(item) for item in range(1, 41)} - rated
    assert answer[0].title == f"Film {answer[0].item_id} (2000)"
    assert int(answer[0].item_id) % 2 == 0  # Even users like even items.


def test_missing_title_is_the_id(ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The title of an item without one is its id, and the number of such items is printed."""
    train(tmp_path / "model", "--ratings", str(ratings))
    assert "1 of 40 items have no title; their ids are used\n" in capsys.readouterr().err
    lines = (tmp_path / "model" / "items.jsonl").read_text().splitlines()
    assert lines[38:] == ['["39","Film 39 (2000)"]', '["40","40"]']


def test_quality_is_printed_and_stored(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """NDCG@10, Recall@10 and coverage are on stdout and in the manifest, next to those of popularity."""
    train(tmp_path / "model", "--ratings", str(ratings))
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    metrics = manifest["metrics"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["NDCG@10", "Recall@10", "Coverage@10"]
    for line, quality in ((printed[1], metrics), (printed[2], metrics["popularity"])):
        names = ("ndcg_at_10", "recall_at_10", "coverage_at_10")
        assert [float(text) for text in line.split()[-3:]] == pytest.approx(
            [quality[name] for name in names], abs=5e-5
        )
    assert metrics["users"] == 30
    assert manifest["fold_in"]["regularization"] == manifest["parameters"]["regularization"]


def test_fingerprint_names_the_files(ratings: Path, tmp_path: Path) -> None:
    """The manifest contains the sha256 of the training files, whatever their folder was."""
    train(tmp_path / "model", "--ratings", f"file://{ratings}")
    data = json.loads((tmp_path / "model" / "manifest.json").read_text())["data"]
    assert data["ratings"]["file"] == "ratings.csv"
    assert data["ratings"]["bytes"] == len(SMALL)
    assert re.fullmatch("[0-9a-f]{64}", data["titles"]["sha256"])
    assert str(tmp_path) not in json.dumps(data)


def test_same_seed_same_bytes(ratings: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes in every file, the manifest's too; another seed does not."""
    for out, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        train(tmp_path / out, *("--ratings", str(ratings), "--seed", seed))
    content = [
        {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in ("a", "b", "c")
    ]
    assert content[0] == content[1]
    assert content[0]["user_factors.npy"] != content[2]["user_factors.npy"]
    assert json.loads(content[0]["manifest.json"])["trained_at"] == ""


@pytest.mark.skipif(not shared_kernels(), reason="this processor lacks what the shared kernels need")
def test_another_processor_writes_the_same_bytes(ratings: Path, tmp_path: Path) -> None:
    """OpenBLAS chooses kernels by processor, and they round differently; the trainer fixes the choice."""
    words = ["--ratings", str(ratings), "--name", "test", "--version", "1", "--regularization", "1"]
    words += QUICK
    content = {}
    for kernels in ("", SHARED, "Sandybridge"):
        chosen = {"OPENBLAS_CORETYPE": kernels} if kernels else {}
        run = [sys.executable, "-m", "service.train", *words, "--out", str(tmp_path / f"by {kernels}")]
        subprocess.run(run, env={"PATH": os.environ["PATH"], **chosen}, capture_output=True, check=True)
        content[kernels] = (tmp_path / f"by {kernels}" / "manifest.json").read_bytes()
    assert content[""] == content[SHARED] != content["Sandybridge"]


@pytest.mark.parametrize(
    ("cpuinfo", "kernels"),
    [
        ("processor\t: 0\nflags\t\t: fpu sse2 fma avx avx2 avx512f\n", SHARED),
        ("processor\t: 0\nflags\t\t: fpu sse2 avx\n", None),
        ("processor\t: 0\nFeatures\t: fp asimd\n", None),
        (None, None),
    ],
)
def test_kernels_are_chosen_only_where_they_run(
    cpuinfo: str | None, kernels: str | None, tmp_path: Path
) -> None:
    """On an older processor, another architecture or another system, OpenBLAS chooses by itself."""
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert shared_kernels(tmp_path / "cpuinfo") == kernels


def test_stored_scores_are_the_factors_products(ratings: Path, tmp_path: Path) -> None:
    """The stored ids and scores are those of brute force over the stored factors."""
    train(tmp_path / "model", "--ratings", str(ratings))
    users, items, top_items, top_scores = (
        np.load(tmp_path / "model" / f"{name}.npy")
        for name in ("user_factors", "item_factors", "top_items", "top_scores")
    )
    scores = users.astype(np.float64) @ items.astype(np.float64).T
    rows, places = np.nonzero(top_items >= 0)
    np.testing.assert_allclose(top_scores[rows, places], scores[rows, top_items[rows, places]], atol=1e-6)
    unlisted = np.ones(scores.shape, dtype=bool)
    unlisted[rows, top_items[rows, places]] = False
    # All items that are not listed were rated: there are fewer than 100.
    assert unlisted.sum() == SMALL.count("\n") - 1


def test_sample_as_a_command(tmp_path: Path) -> None:
    """The newcomer's command trains a model in a process of its own, with progress on stderr."""
    words = ["--sample", "--out", str(tmp_path / "model"), "--name", "movielens", "--version", "1"]
    run = subprocess.run(
        [sys.executable, "-m", "service.train", *words], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1].startswith("movielens/1 is in ")
    assert run.stderr.startswith("read 33,647 ratings of 700 users and 384 items")
    assert "Warning" not in run.stderr
    model = load(open_store(str(tmp_path / "model"), StoreSettings()))
    assert model.row(b"20") is not None
    assert model.row(b"100000") is None
    assert model.manifest.metrics["ndcg_at_10"] > 2 * model.manifest.metrics["popularity"]["ndcg_at_10"]


def test_bad_data_is_one_line(ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is exit code 1, and stderr has file, line and reason; nothing is written."""
    ratings.write_text(SMALL + "1,2,many,3\n")
    assert train(tmp_path / "model", "--ratings", str(ratings)) == 1
    line = SMALL.count("\n") + 1
    assert capsys.readouterr().err == f"{ratings}:{line}: rating must be a number, got 'many'.\n"
    assert not (tmp_path / "model").exists()


def test_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that does not exist is reported like other bad data."""
    assert train(tmp_path / "model", "--ratings", "nowhere.csv") == 1
    assert capsys.readouterr().err == (
        "nowhere.csv:0: must be a readable file, got: No such file or directory.\n"
    )


def test_existing_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version never changes, and the refusal comes before minutes of training."""
    (tmp_path / "model").mkdir()
    assert train(tmp_path / "model", "--ratings", "never-read.csv") == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'model'} exists already; a model version never changes.\n"
    )


@pytest.mark.parametrize(
    ("place", "reason"), [("file/model", "File exists"), ("file/a/b", "Not a directory")]
)
def test_unwritable_place_is_told(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, reason: str
) -> None:
    """A file in place of a folder gives one sentence, not a traceback."""
    (tmp_path / "file").touch()
    assert train(tmp_path / place, "--ratings", str(ratings)) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"{tmp_path / place} must be a folder that can be written, got: {reason}."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--out, --version and one of --ratings, --sample must be given without --retrain"),
        (["--sample", "--ratings", "x"], "not allowed with argument"),
        (
            ["--sample", "--seed", "-1"],
            "argument --seed: must be a whole number from 0 to 4294967295, got '-1'.",
        ),
        (
            ["--sample", "--factors", "0"],
            "argument --factors: must be a whole number from 1 to 1024, got '0'.",
        ),
        (["--sample", "--regularization", "nan"], "must be a number above 0, got 'nan'."),
        (["--sample", "--confidence", "x"], "must be a number above 0, got 'x'."),
        (["--sample", "--name", "a/b"], "argument --name: must match"),
        (["--sample", "--encoding", "x"], "--encoding: must be an encoding such as latin-1, got 'x'."),
    ],
)
def test_wrong_usage(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 comes with the option and its problem."""
    with pytest.raises(SystemExit) as caught:
        train("out", *words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_few_ratings_make_a_model_without_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two users with one item each get each other's; the missing metrics are printed and stored."""
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("userId,movieId,rating\n1,a,5\n2,b,5\n")
    assert train(tmp_path / "model", "--ratings", str(ratings)) == 0
    assert "measured nothing" in capsys.readouterr().err
    model = load(open_store(str(tmp_path / "model"), StoreSettings()))
    assert [entry.item_id for entry in model.recommend(b"1", 10) or []] == ["b"]
    assert model.manifest.metrics == {"users": 0}


def test_from_s3_to_s3(s3: S3) -> None:
    """Ratings and titles are read from a bucket, and the model is written to one."""
    s3.objects = {"data/ml/ratings.csv": SMALL.encode(), "data/ml/movies.csv": MOVIES.encode()}
    out = "s3://models/models/test/1"
    assert train(out, "--ratings", "s3://data/ml/ratings.csv", environment=s3.environment) == 0
    model = load(open_store(out, StoreSettings.from_environment(s3.environment)))
    answer = model.recommend(b"20", 1) or []
    assert answer[0].title == f"Film {answer[0].item_id} (2000)"


def test_existing_version_in_s3_is_refused(s3: S3, capsys: pytest.CaptureFixture[str]) -> None:
    """A manifest in the bucket means that the version is taken."""
    s3.objects = {"models/test/1/manifest.json": b"{}"}
    assert train("s3://models/test/1", "--sample", environment=s3.environment) == 1
    assert "s3://models/test/1 exists already" in capsys.readouterr().err


def test_bad_data_in_s3_is_called_by_its_address(
    s3: S3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the object, not the copy of it."""
    s3.objects = {"data/ratings.csv": b"userId,movieId,rating\n1,2,x\n"}
    train(tmp_path / "model", "--ratings", "s3://data/ratings.csv", environment=s3.environment)
    assert capsys.readouterr().err == "s3://data/ratings.csv:2: rating must be a number, got 'x'.\n"


def test_missing_object_is_told(s3: S3, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is reported like a missing file."""
    assert train(tmp_path / "m", "--ratings", "s3://data/ratings.csv", environment=s3.environment) == 1
    assert capsys.readouterr().err == "s3://data/ratings.csv:0: is missing.\n"


def test_forbidden_object_is_told(s3: S3, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bucket without permission to read gives one line as well."""
    s3.denied = True
    assert train(tmp_path / "m", "--ratings", "s3://data/ratings.csv", environment=s3.environment) == 1
    err = capsys.readouterr().err
    assert err.startswith("s3://data/ratings.csv:0: must be readable, got: ")
    assert err.count("\n") == 1
