"""A release of one sandbox is promoted to another: the same image and model, nothing rebuilt."""

import json
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.conftest import Clone, make_clone
from tests.wrapper.sandbox.stage import free_ports
from wrapper.aws.client import Aws
from wrapper.environment import load
from wrapper.image import attestation
from wrapper.sandbox import keys

pytestmark = pytest.mark.e2e

NEXT = "next"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy with two environments that differ by name, ports and size."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    folder = made.root / "environments"
    document = yaml.safe_load((folder / "dev.yaml").read_text())
    document["services"]["recommender"]["smoke"]["attempts"] = 3
    document["sandbox"] = {"port": made.port, "alb_port": made.alb_port}
    (folder / "dev.yaml").write_text(yaml.safe_dump(document))
    ports = free_ports()
    document["sandbox"] = {"port": ports.port, "alb_port": ports.alb_port}
    # Not the version that dev trains: only the release's version may be promoted.
    document["services"]["recommender"]["model"] = {"name": "movielens", "version": "none-such"}
    (folder / f"{NEXT}.yaml").write_text(yaml.safe_dump(document))
    try:
        yield made
    finally:
        for name in ("dev", NEXT):
            made.run("-m", "wrapper", "sandbox", "down", name)


def wrapper(clone: Clone, *words: str) -> Any:
    return clone.run("-m", "wrapper", *words)


def newest(clone: Clone, environment: str) -> dict[str, Any]:
    releases = json.loads(wrapper(clone, "releases", environment, "--json").stdout)
    found: dict[str, Any] = releases[0]
    return found


def kept(clone: Clone, environment: str, digest: str) -> list[attestation.Attestation]:
    """Read the documents about an image from the environment's state bucket."""
    declared = load(environment, directory=clone.root / "environments")
    aws = Aws(
        region=declared.region,
        endpoint_url=f"http://127.0.0.1:{declared.sandbox.port}",
        credentials=keys.read(clone.credentials(environment)),
    )
    return attestation.find(aws, bucket=declared.state_bucket, digest=digest)


def test_nothing_is_promoted_before_there_is_a_release(clone: Clone) -> None:
    """Nothing is started either."""
    refused = wrapper(clone, "promote", "dev", NEXT)
    assert refused.returncode == 10
    assert "python -m wrapper apply dev" in refused.stderr


def test_what_dev_verified_runs_in_the_next_environment(clone: Clone) -> None:
    """Digest, model and its sha256 are dev's, and the release names dev as its source."""
    applied = wrapper(clone, "apply", "dev")
    assert applied.returncode == 0, applied.stderr
    promoted = wrapper(clone, "promote", "dev", NEXT, "--json")
    assert promoted.returncode == 0, promoted.stderr
    assert "Publish the" not in promoted.stderr
    source, target = (newest(clone, name)["services"]["recommender"] for name in ("dev", NEXT))
    assert target["image"].partition("@")[2] == source["image"].partition("@")[2]
    assert f"recommender-{NEXT}/" in target["image"]
    assert target["model"] == source["model"]
    assert newest(clone, NEXT)["promoted_from"] == "dev release 1"
    digest = target["image"].partition("@")[2]
    said = [kept(clone, name, digest) for name in ("dev", NEXT)]
    assert said[0] == said[1]
    assert [each.kind for each in said[0]] == [attestation.SBOM, attestation.PROVENANCE]
    url = json.loads(promoted.stdout)["url"]
    assert httpx.get(f"{url}/?uid=20", timeout=5).status_code == 200


def test_a_second_promotion_changes_nothing(clone: Clone) -> None:
    """The image, the model and the release exist already."""
    again = wrapper(clone, "promote", "dev", NEXT)
    assert again.returncode == 0, again.stderr
    assert "release 1, as before" in again.stderr
