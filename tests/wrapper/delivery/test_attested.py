"""Attestations of a pushed image with an unusual Dockerfile or registry."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws
from wrapper.delivery.attested import attest
from wrapper.delivery.site import Site
from wrapper.environment import Image as Source
from wrapper.image import Image, attestation
from wrapper.sandbox import Sandbox

pytestmark = pytest.mark.slow

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that is in use and never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def site(aws: Aws, tmp_path: Path, listener: Listener, deaf: int) -> Site:
    """An environment with a state bucket, and without a registry."""
    declared = stacks.environment(f"d{uuid4().hex[:7]}")
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    sandbox = Sandbox(
        environment=declared.name,
        pid=1,
        mark="",
        port=deaf,
        alb_port=deaf,
        region=declared.region,
        account_id=stacks.ACCOUNT,
        started_at=datetime.now(UTC),
        log=tmp_path / "log",
    )
    return stacks.site(aws, tmp_path, declared, listener, sandbox=sandbox)


def say(site: Site, dockerfile: str) -> list[str]:
    """Attest an image of such a Dockerfile; return the kinds that are kept."""
    (site.command.root / "Dockerfile").write_text(dockerfile)
    url = f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/{site.command.environment.prefix}/web"
    pushed = Image(reference=f"{url}@{DIGEST}", digest=DIGEST, kind="built", pushed=True)
    attest(site, pushed, Source(context="."), engine=None, started=datetime.now(UTC))
    bucket = site.command.environment.state_bucket
    return [each.kind for each in attestation.find(site.aws, bucket=bucket, digest=DIGEST)]


def test_a_registry_that_takes_none_is_noted(site: Site, listener: Listener) -> None:
    """The image exists and may run; its attestations are only in the bucket."""
    assert say(site, "FROM scratch\n") == ["sbom", "provenance"]
    [note] = listener.told
    assert "has its attestations only in the state bucket: the registry at" in note


def test_a_dockerfile_that_only_its_engine_understands_is_noted(site: Site, listener: Listener) -> None:
    """The engine has built it, so it is no error."""
    assert say(site, "# syntax=example/other\nBEGIN\n") == []
    [note] = listener.told
    assert "has no attestations: Dockerfile must have a FROM line" in note
