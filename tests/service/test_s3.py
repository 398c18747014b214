"""Models in S3: a local S3 server that can be slow, busy, broken or full of nonsense."""

import hashlib
import logging
from pathlib import Path

import pytest

from service import s3 as module
from service.artifact_format import MAX_MANIFEST_BYTES, SERVED, FileEntry
from service.errors import ArtifactError, DiskError, MissingError, UnavailableError
from service.loading import load
from service.s3 import S3Store
from service.settings import StoreSettings
from service.store import open_store
from tests.service.s3 import S3


@pytest.fixture
def environment(s3: S3, artifact: Path, tmp_path: Path) -> dict[str, str]:
    for path in artifact.iterdir():
        s3.objects[f"bucket/models/test/1/{path.name}"] = path.read_bytes()
    cache = tmp_path / "cache"
    cache.mkdir()
    return {
        **s3.environment,
        "MODEL_CACHE_DIR": str(cache),
        "STORE_ATTEMPTS": "3",
        "STORE_TIMEOUT_SECONDS": "5",
    }


def opened(environment: dict[str, str], location: str = "s3://bucket/models/test/1") -> S3Store:
    store = open_store(location, StoreSettings.from_environment(environment))
    assert isinstance(store, S3Store)
    return store


def test_model_is_fetched_and_answers(environment: dict[str, str], s3: S3) -> None:
    """The mapped files are the uploaded ones; the user factors are not fetched."""
    assert load(opened(environment)).body(b"1", 10) is not None
    asked = {key.rpartition("/")[2] for _, key, _ in s3.requests}
    assert asked == {"manifest.json", *SERVED}


def test_slash_at_the_end_does_not_matter(environment: dict[str, str]) -> None:
    """s3://bucket/prefix/ means s3://bucket/prefix."""
    assert load(opened(environment, "s3://bucket/models/test/1/")).label == "test/1"


def test_nothing_is_left_in_the_cache_folder(environment: dict[str, str]) -> None:
    """The files have no names, so a killed task leaves none."""
    model = load(opened(environment))
    assert list(Path(environment["MODEL_CACHE_DIR"]).iterdir()) == []
    assert model.body(b"1", 10) is not None


def test_small_object_that_is_large_is_not_read(environment: dict[str, str], s3: S3) -> None:
    """Its HEAD is enough to refuse it; files that may be larger are requested by size."""
    s3.objects["bucket/models/test/1/current.json"] = b" " * (MAX_MANIFEST_BYTES + 1)
    with pytest.raises(
        ArtifactError, match=r"current.json must be at most 1,048,576 bytes long, got 1,048,577"
    ):
        opened(environment).read("current.json")
    assert len(opened(environment).read("current.json", limit=2**21)) == MAX_MANIFEST_BYTES + 1


def test_large_file_comes_in_parallel_ranges(environment: dict[str, str], s3: S3) -> None:
    """A file of 20 MiB is three requests, put together in order."""
    content = hashlib.shake_128(b"").digest(20 * 2**20)
    s3.objects["bucket/big"] = content
    entry = FileEntry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    assert opened(environment, "s3://bucket").fetch("", {"big": entry})["big"][:] == content
    ends = sorted(int(str(wanted).partition("-")[2]) + 1 for _, _, wanted in s3.requests)
    assert ends == [module._RANGE_BYTES, 2 * module._RANGE_BYTES, len(content)]


def test_endpoint_of_s3_alone_wins(environment: dict[str, str], s3: S3) -> None:
    """AWS_ENDPOINT_URL_S3 wins over AWS_ENDPOINT_URL, as in the SDKs."""
    environment |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": s3.endpoint}
    assert load(opened(environment)).label == "test/1"


def test_throttling_is_waited_out_and_logged(
    environment: dict[str, str], s3: S3, caplog: pytest.LogCaptureFixture
) -> None:
    """503 SlowDown is retried, with a log line for each attempt."""
    s3.throttled = 2
    with caplog.at_level(logging.WARNING):
        assert load(opened(environment)).label == "test/1"
    assert [record.message for record in caplog.records] == ["model_retry", "model_retry"]
    assert "SlowDown" in caplog.records[0].fields["message"]  # type: ignore[attr-defined]


def test_throttling_without_end_is_given_up(environment: dict[str, str], s3: S3) -> None:
    """The number of attempts is bounded, and the last answer is reported."""
    s3.throttled = 1000
    with pytest.raises(UnavailableError, match=r"manifest.json did not answer: .*503 Service Unavailable"):
        load(opened(environment))
    assert len(s3.requests) == 3


def test_body_that_breaks_off_is_fetched_again(environment: dict[str, str], s3: S3) -> None:
    """A connection that is reset in the middle costs one more request."""
    s3.cut = 2
    assert load(opened(environment)).label == "test/1"


def test_slow_answer_is_given_up(environment: dict[str, str], s3: S3) -> None:
    """The message for an S3 that does not answer differs from that for a refusal."""
    s3.delay_seconds = 1.0
    environment |= {"STORE_TIMEOUT_SECONDS": "0.1", "STORE_ATTEMPTS": "2"}
    with pytest.raises(UnavailableError, match=r"manifest.json did not answer"):
        load(opened(environment))


def test_s3_that_is_down_is_given_up(environment: dict[str, str]) -> None:
    """If nobody listens, the message has the address."""
    environment |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "STORE_ATTEMPTS": "2"}
    with pytest.raises(UnavailableError, match=r"http://127.0.0.1:1/bucket/models/test/1/manifest.json"):
        load(opened(environment))


def test_version_that_is_not_there_is_not_tried_again(environment: dict[str, str], s3: S3) -> None:
    """A missing model is reported at once, because waiting does not help."""
    with pytest.raises(MissingError, match=r"s3://bucket/models/test/2/manifest.json is missing"):
        load(opened(environment, "s3://bucket/models/test/2"))
    assert len(s3.requests) == 1


def test_role_that_may_not_read_is_told(environment: dict[str, str], s3: S3) -> None:
    """The message has S3's 403 and its own code."""
    s3.denied = True
    with pytest.raises(MissingError, match=r"is missing or may not be read: .*AccessDenied"):
        load(opened(environment))


def test_damaged_file_is_refused(environment: dict[str, str], s3: S3) -> None:
    """A byte that changed in transfer or in the bucket is found."""
    key = "bucket/models/test/1/answers.npy"
    s3.objects[key] = s3.objects[key][:-1] + b"\x01"
    with pytest.raises(ArtifactError, match=r"answers.npy must have the sha256"):
        load(opened(environment))


@pytest.mark.parametrize("left", [0, 100])
def test_file_that_was_cut_is_refused(environment: dict[str, str], s3: S3, left: int) -> None:
    """An object that is shorter than in its manifest is damaged, and not tried again."""
    key = "bucket/models/test/1/answers.npy"
    s3.objects[key] = s3.objects[key][:left]
    with pytest.raises(ArtifactError, match=r"answers.npy (must be \d+ bytes long|is shorter than)"):
        load(opened(environment))


def test_folder_that_cannot_be_written_is_told(environment: dict[str, str]) -> None:
    """The message names a read-only or missing cache folder."""
    environment["MODEL_CACHE_DIR"] = "/proc/nowhere"
    with pytest.raises(
        DiskError, match=r"/proc/nowhere must have room for a file of [\d,]+ bytes: No such file"
    ):
        load(opened(environment))


def test_full_disk_is_told_before_the_download(environment: dict[str, str], s3: S3) -> None:
    """Disk space is reserved first, so nothing is fetched that does not fit."""
    entry = FileEntry(sha256="0" * 64, bytes=2**60)
    with pytest.raises(DiskError, match=r"must have room for a file of 1,152,921,504,606,846,976 bytes"):
        opened(environment).fetch("", {"huge": entry})
    assert s3.requests == []


def test_object_is_created_once(environment: dict[str, str], s3: S3) -> None:
    """The second writer of the same key gets an error and changes nothing."""
    store = opened(environment)
    store.create("new.json", b"1")
    with pytest.raises(FileExistsError, match=r"s3://bucket/models/test/1/new.json exists already"):
        store.create("new.json", b"2")
    assert s3.objects["bucket/models/test/1/new.json"] == b"1"
