"""Attestations in the state bucket and beside their image, in the emulator and a registry with referrers."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.serving import server_of
from wrapper import image
from wrapper.aws.client import Aws
from wrapper.environment import Image as Source
from wrapper.errors import ArtifactError
from wrapper.image import attestation
from wrapper.image.attestation import Attestation
from wrapper.image.oci import Manifest, Repository

SAID = [
    Attestation(kind="sbom", content=b'{"bomFormat": "CycloneDX"}'),
    Attestation(kind="provenance", content=b'{"_type": "https://in-toto.io/Statement/v1"}'),
]
DIGEST = f"sha256:{'a' * 64}"
IMAGE = b'{"schemaVersion": 2, "config": {}, "layers": []}'


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """A registry by the specification; `is_newer` adds referrers, `refuses` rejects all writes."""

    host: str = ""
    is_newer: bool = True
    refuses: bool = False
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    def stored(self, name: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.manifests[name])
        return found


@pytest.fixture
def registry() -> Iterator[Registry]:
    held = Registry(manifests={digest_of(IMAGE): IMAGE})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, name = self.path.split("/")[-2:]
            found = (held.manifests if kind == "manifests" else held.blobs).get(name)
            self._answer(404 if found is None else 200, b"" if self.command == "HEAD" else found or b"")

        do_HEAD = do_GET  # noqa: N815 (the names are http.server's)

        def do_POST(self) -> None:
            self._answer(403 if held.refuses else 202, Location=f"/v2/web/blobs/uploads/{uuid.uuid4()}")

        def do_PATCH(self) -> None:
            chunks = []
            while length := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            held.blobs[digest_of(b"".join(chunks))] = b"".join(chunks)
            self._answer(202, Location=self.path)

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            if "uploads" in parts.path:
                assert parse_qs(parts.query)["digest"][0] in held.blobs
                return self._answer(201)
            name = parts.path.split("/")[-1]
            held.manifests[name] = held.manifests[digest_of(content)] = content
            held.puts.append(name)
            subject = json.loads(content).get("subject")
            linked = {"OCI-Subject": subject["digest"]} if subject and held.is_newer else {}
            return self._answer(201, **linked)

        def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            types = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
            for name, value in {"Content-Length": str(len(body)), **types, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    with server_of(Handler) as port:
        held.host = f"127.0.0.1:{port}"
        yield held


def attach(registry: Registry) -> None:
    with closing(Repository(f"http://{registry.host}", "web")) as repository:
        attestation.attach(repository, digest_of(IMAGE), SAID)


def test_a_registry_with_referrers_lists_them(registry: Registry) -> None:
    """Each is an artefact that names the image; no tag is needed."""
    attach(registry)
    assert all(name.startswith("sha256:") for name in registry.puts)
    found: list[Any] = [registry.stored(name) for name in registry.puts]
    assert [each["artifactType"] for each in found] == [
        "application/vnd.cyclonedx+json",
        "application/vnd.in-toto+json",
    ]
    for each, said in zip(found, SAID, strict=True):
        assert each["subject"] == {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest_of(IMAGE),
            "size": len(IMAGE),
        }
        assert [registry.blobs[layer["digest"]] for layer in each["layers"]] == [said.content]


def test_an_older_registry_gets_an_index_once(registry: Registry) -> None:
    """It has the specification's tag, which can't be written again if tags are immutable."""
    registry.is_newer = False
    attach(registry)
    tag = digest_of(IMAGE).replace(":", "-")
    listed = registry.stored(tag)["manifests"]
    assert [each["digest"] for each in listed] == registry.puts[:2]  # type: ignore[attr-defined]
    attach(registry)
    assert registry.puts.count(tag) == 1


def test_a_registry_that_takes_none_is_told(registry: Registry) -> None:
    """The message has the registry's own words."""
    registry.refuses = True
    with pytest.raises(ArtifactError, match="refused POST"):
        attach(registry)


@pytest.fixture
def buckets(aws: Aws) -> tuple[str, str]:
    names = tuple(f"attested-{uuid.uuid4().hex[:12]}" for _ in range(2))
    for name in names:
        aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return names[0], names[1]


@pytest.mark.slow
def test_what_was_said_first_stays(aws: Aws, buckets: tuple[str, str]) -> None:
    """A second push of the same digest is the same image, so its attestations are not written again."""
    bucket, _ = buckets
    attestation.save(aws, bucket=bucket, digest=DIGEST, attestations=SAID)
    other = [Attestation(kind="sbom", content=b"{}")]
    attestation.save(aws, bucket=bucket, digest=DIGEST, attestations=other)
    assert attestation.find(aws, bucket=bucket, digest=DIGEST) == SAID
    body = aws.s3.get_object(Bucket=bucket, Key=f"attestations/sha256-{'a' * 64}/sbom.json")["Body"].read()
    assert body == SAID[0].content


@pytest.mark.slow
def test_it_goes_along_to_another_environment(aws: Aws, buckets: tuple[str, str]) -> None:
    """An image without attestations is promoted without any."""
    here, there = buckets
    attestation.save(aws, bucket=here, digest=DIGEST, attestations=SAID)
    assert attestation.copy(aws, aws, source_bucket=here, target_bucket=there, digest=DIGEST) == SAID
    assert attestation.find(aws, bucket=there, digest=DIGEST) == SAID
    nothing = f"sha256:{'b' * 64}"
    assert attestation.copy(aws, aws, source_bucket=here, target_bucket=there, digest=nothing) == []


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"null", b'{"a": [1, ', b"[" * 100_000, b'{"bomFormat": "SPDX"}'])
def test_what_is_damaged_goes_nowhere(aws: Aws, buckets: tuple[str, str], damage: bytes) -> None:
    """The message names it; the other one is copied."""
    here, there = buckets
    attestation.save(aws, bucket=here, digest=DIGEST, attestations=SAID)
    key = f"attestations/sha256-{'a' * 64}/sbom.json"
    aws.s3.put_object(Bucket=here, Key=key, Body=damage)
    told: list[str] = []
    found = attestation.copy(
        aws, aws, source_bucket=here, target_bucket=there, digest=DIGEST, tell=told.append
    )
    assert found == attestation.find(aws, bucket=there, digest=DIGEST) == SAID[1:]
    assert [f"s3://{here}/{key}" in each for each in told] == [True]


@pytest.mark.slow
def test_the_sandboxs_registry_has_them_too(aws: Aws, tmp_path: Path) -> None:
    """They have the tag, because it has no referrers; the image is unchanged, and they can be read back."""
    made = aws.ecr.create_repository(
        repositoryName=f"attested/{uuid.uuid4().hex[:8]}", imageTagMutability="IMMUTABLE"
    )["repository"]
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY . .\nCMD ["python"]\n')
    host = str(aws.endpoint_url).removeprefix("http://")
    pushed = image.publish(
        aws,
        repository_url=made["repositoryUri"],
        image=Source(context="."),
        root=tmp_path,
        engine=None,
        sandbox_registry=host,
        progress=lambda _: None,
    )
    side = image.Side(aws, host)
    for _ in range(2):
        with closing(image.repository_at(side, made["repositoryUri"])) as repository:
            attestation.attach(repository, pushed.digest, SAID)
            index: Manifest = repository.tagged(pushed.digest.replace(":", "-"))
            kinds = [repository.manifest(digest) for digest in index.manifests]
    assert [json.loads(each.content)["artifactType"] for each in kinds] == [each.media_type for each in SAID]
    assert image.holds(aws, reference=pushed.reference)
