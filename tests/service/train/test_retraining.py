"""A retraining: what a job does when there are new ratings."""

import json
from pathlib import Path

import pytest

from service.loading import load_first
from service.settings import Settings
from service.train.cli import main
from tests.service.s3 import S3
from tests.service.train.test_cli import QUICK, SMALL

POINTER = "models/test/current.json"


@pytest.fixture
def environment(s3: S3, tmp_path: Path) -> dict[str, str]:
    """Return a job's variables, with the ratings in a file."""
    path = tmp_path / "ratings.csv"
    path.write_text(SMALL)
    return {
        **s3.environment,
        "MODELS_URI": "s3://bucket/models",
        "RATINGS_URI": str(path),
        "IMAGE_DIGEST": "sha256:1",
        "STORE_ATTEMPTS": "1",
    }


def retrain(environment: dict[str, str], *words: str) -> int:
    return main(["--retrain", "--name", "test", "--regularization", "1", *QUICK, *words], environment)


def pointer(s3: S3) -> dict[str, str]:
    (content,) = [value for key, value in s3.objects.items() if key.endswith(POINTER)]
    found: dict[str, str] = json.loads(content)
    return found


def manifests(s3: S3) -> list[str]:
    return [key for key in s3.objects if key.endswith("manifest.json")]


def test_new_version_is_published_and_pointed_to(s3: S3, environment: dict[str, str]) -> None:
    """A follower loads it; the pointer was written last."""
    assert retrain(environment) == 0
    settings = Settings.from_environment(
        {**environment, "MODEL_URI": "s3://bucket/models/test", "MODEL_MODE": "follow"}
    )
    model = load_first(settings)
    assert model.label == f"test/{pointer(s3)['version']}"
    assert model.sha256 == pointer(s3)["manifest_sha256"]
    puts = [key for method, key, _ in s3.requests if method == "PUT"]
    assert puts[-1].endswith(POINTER)
    assert puts[-2].endswith("manifest.json")


def test_repeated_job_finds_its_work_done(
    s3: S3, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same ratings and image give the same version; only the pointer is written again."""
    retrain(environment)
    before = dict(s3.objects)
    assert retrain(environment) == 0
    assert "is published already" in capsys.readouterr().err
    assert s3.objects == before


def test_retraining_after_a_lost_bucket_gives_the_same_model(s3: S3, environment: dict[str, str]) -> None:
    """Every byte of the version is there again, so that a rollback to it is possible."""
    retrain(environment)
    before = dict(s3.objects)
    s3.objects.clear()
    assert retrain(environment) == 0
    assert s3.objects == before


def test_other_ratings_and_another_image_are_other_versions(
    s3: S3, environment: dict[str, str], tmp_path: Path
) -> None:
    """Each one leaves earlier versions unchanged."""
    seen = []
    (tmp_path / "more.csv").write_text(SMALL + "31,1,5,1\n")
    for change in ({}, {"RATINGS_URI": str(tmp_path / "more.csv")}, {"IMAGE_DIGEST": "sha256:2"}):
        assert retrain({**environment, **change}) == 0
        seen.append(pointer(s3)["version"])
    assert len(set(seen)) == 3
    assert len(manifests(s3)) == 3


def test_bad_ratings_leave_the_pointer_alone(s3: S3, environment: dict[str, str]) -> None:
    """The model that is served continues to be served."""
    retrain(environment)
    before = dict(s3.objects)
    Path(environment["RATINGS_URI"]).write_text("userId,movieId,rating\n1,1,good\n")
    assert retrain(environment) == 1
    assert s3.objects == before


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (["--out", "x"], {}, "--out and --version must be left out with --retrain"),
        ([], {"MODELS_URI": "models"}, "MODELS_URI must be s3://bucket/prefix with --retrain, got 'models'"),
        ([], {"RATINGS_URI": ""}, "RATINGS_URI must be a file of ratings with --retrain"),
    ],
)
def test_retraining_that_lacks_something_is_refused(
    environment: dict[str, str],
    words: list[str],
    change: dict[str, str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It exits with 2 and names the missing variables."""
    with pytest.raises(SystemExit) as ended:
        retrain({**environment, **change}, *words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
