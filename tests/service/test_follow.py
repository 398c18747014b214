"""Following a pointer: models are swapped between requests, and any problem keeps the old model."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from hashlib import sha256
from mmap import mmap
from pathlib import Path

import pytest

from service.app import create_app
from service.artifact_format import MANIFEST, FileEntry
from service.errors import ArtifactError, MissingError
from service.loading import POINTER, Current, follow, load_first, supply
from service.settings import Settings, StoreSettings
from service.store import FileStore
from tests.service.asgi import send
from tests.service.models import write_model
from tests.service.s3 import S3

LIKES, JSON = b'{"items": ["1003"]}', [(b"content-type", b"application/json")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """models/test with the versions 1 and 2, the pointer on 1."""
    for version in ("1", "2"):
        write_model(tmp_path / version, version=version, seed=int(version))
    point(tmp_path, "1")
    return tmp_path


def point(folder: Path, version: str, sha: str | None = None) -> None:
    digest = sha or sha256((folder / version / MANIFEST).read_bytes()).hexdigest()
    content = json.dumps({"version": version, "manifest_sha256": digest})
    # Renamed into place, because an S3 PUT is atomic, too.
    (folder / "new.json").write_text(content)
    (folder / "new.json").rename(folder / POINTER)


def settings_of(location: Path | str, **store: object) -> Settings:
    return Settings.model_validate(
        {"model_uri": str(location), "model_mode": "follow", "poll_seconds": 0.01, "store": store}
    )


@asynccontextmanager
async def following(settings: Settings) -> AsyncIterator[Current]:
    current = Current()
    with ThreadPoolExecutor(1) as pool:
        task = asyncio.create_task(supply(settings, current, pool.submit(load_first, settings), pool))
        try:
            await until(lambda: current.model is not None)
            yield current
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.wait([task])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def run(settings: Settings, story: Callable[[Current], Awaitable[None]]) -> None:
    async def told() -> None:
        async with following(settings) as current:
            await story(current)

    asyncio.run(told())


def label(current: Current) -> str | None:
    return current.model.label if current.model else None


def test_new_version_is_taken_up(folder: Path) -> None:
    """When the pointer changes, the model follows, and back again."""

    async def story(current: Current) -> None:
        assert label(current) == "test/1"
        for version in ("2", "1"):
            point(folder, version)
            await until(lambda version=version: label(current) == f"test/{version}")  # type: ignore[misc]
        assert current.loads == {"loaded": 3, "refused": 0, "failed": 0}

    run(settings_of(folder), story)


def damage_manifest(folder: Path) -> None:
    (folder / "2" / MANIFEST).write_bytes(b"{}")


def change_manifest(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "2" / MANIFEST).read_text())
    (folder / "2" / MANIFEST).write_text(json.dumps({**manifest, **values}))


def damage_answers(folder: Path) -> None:
    content = (folder / "2" / "answers.npy").read_bytes()
    (folder / "2" / "answers.npy").write_bytes(content[:-1] + b"\x01")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (damage_manifest, "format is wrong"),
        (damage_answers, "answers.npy must have the sha256"),
        (
            lambda folder: change_manifest(folder, format_version=0),
            "format must be recommender 1, got recommender 0",
        ),
        (lambda folder: change_manifest(folder, users=0), "users is wrong"),
        (lambda folder: change_manifest(folder, items=0), "items is wrong"),
        (lambda folder: change_manifest(folder, version="3"), "version must be 2, got 3"),
    ],
)
def test_model_that_is_not_fit_is_refused_once(
    folder: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None], message: str
) -> None:
    """The old one stays, one log line and the state have the reason, and the next valid version is loaded."""

    async def story(current: Current) -> None:
        harm(folder)
        point(folder, "2")
        await until(lambda: current.refusal is not None)
        await asyncio.sleep(0.05)
        assert label(current) == "test/1"
        assert current.refusal is not None
        assert (current.refusal.version, current.refusal.code) == ("2", "invalid_model")
        assert message in current.refusal.message
        assert current.loads["refused"] == 1
        point(folder, "1")
        await until(lambda: current.refusal is None)

    with caplog.at_level(logging.ERROR):
        run(settings_of(folder), story)
    assert [record.message for record in caplog.records] == ["model_refused"]


def replace_header(folder: Path) -> None:
    """Return a header for which Python's parser fails, with the right checksum."""
    path = folder / "2" / "top_items.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00\xd9\x0e" + (b"-" * 3800 + b"1").ljust(path.stat().st_size - 10))
    manifest = json.loads((folder / "2" / MANIFEST).read_text())
    manifest["files"]["top_items.npy"]["sha256"] = sha256(path.read_bytes()).hexdigest()
    (folder / "2" / MANIFEST).write_text(json.dumps(manifest))


def claim_size(folder: Path) -> None:
    manifest = json.loads((folder / "2" / MANIFEST).read_text())
    manifest["files"]["top_items.npy"]["bytes"] = 10**30
    (folder / "2" / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("harm", [replace_header, claim_size])
def test_no_model_ends_a_follower(folder: Path, harm: Callable[[Path], None]) -> None:
    """Such a parser error is a refusal like any other."""

    async def story(current: Current) -> None:
        harm(folder)
        point(folder, "2")
        await until(lambda: current.refusal is not None)
        assert (label(current), current.refusal and current.refusal.code) == ("test/1", "invalid_model")

    run(settings_of(folder), story)


def test_whatever_a_load_raises_is_a_refusal(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Even an unexpected exception is logged once, with its place, and the next version is loaded."""

    class Broken(FileStore):
        def fetch(self, folder: str, files: Mapping[str, FileEntry]) -> dict[str, mmap]:
            if folder == "2":
                raise RecursionError
            return super().fetch(folder, files)

    async def story() -> None:
        current = Current()
        with ThreadPoolExecutor(1) as pool:
            task = asyncio.create_task(follow(settings_of(folder), current, pool, Broken(folder)))
            await until(lambda: label(current) == "test/1")
            point(folder, "2")
            await until(lambda: current.refusal is not None)
            assert (label(current), current.refusal and current.refusal.code) == ("test/1", "bug")
            point(folder, "1")
            await until(lambda: current.refusal is None)
            assert current.loads["refused"] == 1
            assert not task.done()
            task.cancel()
            await asyncio.wait([task])

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
    assert [(record.message, bool(record.exc_info)) for record in caplog.records] == [("model_refused", True)]


def test_version_that_comes_after_its_pointer_is_taken_up(folder: Path) -> None:
    """A pointer to a version that does not exist yet is tried again at every round, with one log line."""

    async def story(current: Current) -> None:
        (folder / "2").rename(folder / "later")
        point(folder, "2", sha256((folder / "later" / MANIFEST).read_bytes()).hexdigest())
        await until(lambda: current.loads["failed"] > 1)
        assert (label(current), current.refusal and current.refusal.code) == ("test/1", "model_not_found")
        (folder / "later").rename(folder / "2")
        await until(lambda: label(current) == "test/2")
        assert current.refusal is None

    run(settings_of(folder), story)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": "../1", "manifest_sha256": "x"}', b"\xff"])
def test_pointer_that_makes_no_sense_changes_nothing(folder: Path, content: bytes) -> None:
    """A damaged pointer is reported as that."""

    async def story(current: Current) -> None:
        (folder / POINTER).write_bytes(content)
        await until(lambda: current.refusal is not None)
        assert (label(current), current.refusal and current.refusal.version) == ("test/1", POINTER)

    run(settings_of(folder), story)


def test_s3_that_goes_away_and_comes_back_changes_nothing(folder: Path, s3: S3, tmp_path: Path) -> None:
    """While S3 is down the model stays; afterwards the pointer is followed again."""

    def upload() -> None:
        for path in folder.rglob("*.*"):
            s3.objects[f"bucket/{path.relative_to(folder)}"] = path.read_bytes()

    async def story(current: Current) -> None:
        s3.throttled = 10**6
        await until(lambda: current.refusal is not None and current.refusal.code == "store_unavailable")
        point(folder, "2")
        upload()
        s3.throttled = 0
        await until(lambda: label(current) == "test/2" and current.refusal is None)

    upload()
    store = StoreSettings.from_environment({**s3.environment, "STORE_ATTEMPTS": "1"})
    run(settings_of("s3://bucket", **store.model_dump()), story)


def test_first_model_must_be_fit(folder: Path) -> None:
    """Without an older model, a bad pointer or model ends the server."""
    point(folder, "2")
    damage_answers(folder)
    with pytest.raises(ArtifactError, match=r"answers.npy must have"):
        load_first(settings_of(folder))
    (folder / POINTER).unlink()
    with pytest.raises(MissingError, match=r"current.json must be a readable file"):
        load_first(settings_of(folder))


def test_no_request_fails_while_models_are_swapped(folder: Path) -> None:
    """Under load there are fifty swaps: each answer is complete and of one model, old or new."""
    settings = settings_of(folder)

    async def story(current: Current) -> None:
        app = create_app(settings, current)
        seen = set()

        async def load() -> None:
            while current.loads["loaded"] <= 50:
                reply = await send(app, query=b"uid=7")
                live = await send(app, "/v1/recommendations", method="POST", body=LIKES, headers=JSON)
                assert (reply.status, live.status) == (200, 200)
                seen.add(reply.body)
                await asyncio.sleep(0)

        async def swap() -> None:
            while current.loads["loaded"] <= 50:
                before = current.loads["loaded"]
                point(folder, str(before % 2 + 1))
                await until(lambda before=before: current.loads["loaded"] > before)  # type: ignore[misc]

        await asyncio.gather(swap(), load(), load())
        assert {json.loads(body)["model"] for body in seen} == {"test/1", "test/2"}
        assert len(seen) == 2

    run(settings, story)
