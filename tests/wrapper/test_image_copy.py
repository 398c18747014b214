"""Copying an image between repositories of the emulator's registry, byte for byte."""

import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from wrapper import image
from wrapper.aws.client import Aws
from wrapper.environment import Image as Source
from wrapper.errors import ArtifactError
from wrapper.image.oci import MANIFESTS, Manifest, Repository
from wrapper.image.registry import digest_of, login_of, tags_of

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(aws: Aws) -> Callable[[], str]:
    """Create repositories with names of their own and immutable tags."""

    def make() -> str:
        made = aws.ecr.create_repository(
            repositoryName=f"films/{uuid.uuid4().hex[:8]}", imageTagMutability="IMMUTABLE"
        )
        return made["repository"]["repositoryUri"]

    return make


def side(aws: Aws) -> image.Side:
    return image.Side(aws, str(aws.endpoint_url).removeprefix("http://"))


def push(aws: Aws, url: str, folder: Path, text: str = "one") -> str:
    (folder / "app.py").write_text(text)
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY app.py .\nCMD ["python", "app.py"]\n')
    pushed = image.publish(
        aws,
        repository_url=url,
        image=Source(context="."),
        root=folder,
        engine=None,
        sandbox_registry=side(aws).registry,
        progress=lambda _: None,
    )
    return pushed.reference


def copy(aws: Aws, reference: str, url: str) -> image.Image:
    said: list[str] = []
    copied = image.copy(side(aws), side(aws), reference=reference, repository_url=url, progress=said.append)
    assert said
    return copied


def opened(aws: Aws, url: str) -> Repository:
    login = login_of(aws, repository_url=url, registry=side(aws).registry)
    return Repository(f"http://{login.registry}", url.partition("/")[2], password=login.password)


def test_a_copy_has_the_digest_and_the_tag(aws: Aws, repository: Callable[[], str], tmp_path: Path) -> None:
    """Manifest, config and layer are the same bytes; the next build of the sources finds its tag."""
    there, here = repository(), repository()
    reference = push(aws, there, tmp_path)
    copied = copy(aws, reference, here)
    assert copied.reference == f"{here}@{reference.partition('@')[2]}"
    assert copied.remark == "copied by digest"
    assert tags_of(aws, reference=copied.reference) == tags_of(aws, reference=reference)
    first, second = (opened(aws, url).manifest(copied.digest) for url in (there, here))
    assert first.content == second.content
    assert all(opened(aws, here).has_blob(digest) for digest, _ in second.blobs)


def test_a_copy_that_is_there_is_left(aws: Aws, repository: Callable[[], str], tmp_path: Path) -> None:
    """A second copy does nothing."""
    there, here = repository(), repository()
    reference = push(aws, there, tmp_path)
    assert copy(aws, reference, here) == copy(aws, reference, here)


def test_a_taken_tag_does_not_move(aws: Aws, repository: Callable[[], str], tmp_path: Path) -> None:
    """If the target has built its own image of these sources, the copy's tag has its digest."""
    there, here = repository(), repository()
    reference = push(aws, there, tmp_path)
    (tag,) = tags_of(aws, reference=reference)
    other = Manifest(content=_index([]), media_type=MANIFESTS[1])
    opened(aws, here).put_manifest(other, tag)
    copied = copy(aws, reference, here)
    assert digest_of(aws, repository_url=here, tag=tag) == other.digest
    assert tags_of(aws, reference=copied.reference) == [f"copy-{copied.digest[7:23]}"]


def test_every_platform_of_an_index_is_copied(
    aws: Aws, repository: Callable[[], str], tmp_path: Path
) -> None:
    """An index keeps its digest and all that it refers to."""
    there, here = repository(), repository()
    references = [push(aws, there, tmp_path, text) for text in ("arm", "amd")]
    digests = [reference.partition("@")[2] for reference in references]
    index = Manifest(content=_index(digests), media_type=MANIFESTS[1])
    opened(aws, there).put_manifest(index, "both")
    copy(aws, f"{there}@{index.digest}", here)
    assert opened(aws, here).manifest(index.digest).manifests == digests
    assert [opened(aws, here).manifest(each).digest for each in digests] == digests


def test_an_image_of_elsewhere_is_used_from_there(aws: Aws, repository: Callable[[], str]) -> None:
    """An image by reference from a public registry is not copied."""
    reference = f"public.ecr.aws/nginx/nginx@sha256:{'a' * 64}"
    assert copy_given(aws, reference, repository()).reference == reference


def copy_given(aws: Aws, reference: str, url: str) -> image.Image:
    return image.copy(side(aws), side(aws), reference=reference, repository_url=url, progress=lambda _: None)


def test_bytes_that_are_not_the_digests_are_refused(
    aws: Aws, repository: Callable[[], str], tmp_path: Path
) -> None:
    """A blob that does not match its digest is never passed on."""
    there = repository()
    reference = push(aws, there, tmp_path)
    origin = opened(aws, there)
    origin._client = httpx.Client(
        base_url="http://registry.test/v2/films/",
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"something else")),
    )
    with pytest.raises(ArtifactError, match=r"must send sha256:.*got other bytes"):
        origin.read_blob(reference.partition("@")[2], (tmp_path / "blob").open("wb"))
    with pytest.raises(ArtifactError, match="got bytes of sha256"):
        origin.manifest(reference.partition("@")[2])


def test_a_refusal_is_told_in_the_registrys_words(aws: Aws, repository: Callable[[], str]) -> None:
    """The message has the request, the status and the registry's words."""
    with pytest.raises(ArtifactError, match=r"refused GET /v2/.* with 404"):
        opened(aws, repository()).manifest(f"sha256:{'0' * 64}")


def test_a_registry_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """Nobody listens on port 1, and the message says so."""
    with pytest.raises(ArtifactError, match=r"registry at http://127\.0\.0\.1:1 does not answer"):
        Repository("http://127.0.0.1:1", "films").has_blob(f"sha256:{hashlib.sha256().hexdigest()}")


def _index(digests: list[str]) -> bytes:
    manifests: list[dict[str, Any]] = [
        {"mediaType": MANIFESTS[0], "digest": digest, "size": 1} for digest in digests
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFESTS[1], "manifests": manifests}).encode()
