"""What every delivery does before its choice; the rest is tested end to end, for each verb."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.history.test_protection import push, tags
from tests.wrapper.listener import Listener
from tests.wrapper.records import release, service
from wrapper.aws.client import Aws
from wrapper.delivery.deliver import deliver
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.site import Site
from wrapper.releases import append

pytestmark = pytest.mark.slow


class Chosen(Exception):
    """Raised when the choice is made; has the lock that was held then."""


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def site(aws: Aws, tmp_path: Path, listener: Listener) -> Site:
    """An environment whose newest release has lost its image, and the one before its protecting tag."""
    declared = stacks.environment(f"d{uuid4().hex[:7]}")
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    kept = push(aws, f"{declared.prefix}/web", tmp_path / "image", "kept")
    aws.ecr.tag_resource(
        resourceArn=f"arn:aws:ecr:eu-west-1:{stacks.ACCOUNT}:repository/{declared.prefix}/web",
        tags=[{"Key": key, "Value": value} for key, value in declared.tags.items()],
    )
    lost = f"{kept.partition('@')[0]}@sha256:{'0' * 64}"
    for image in (kept, lost):
        services = {"web": replace(service(model=None), image=image)}
        append(aws, bucket=declared.state_bucket, draft=release(services=services))
    return stacks.site(aws, tmp_path, declared, listener)


def choose(site: Site) -> Candidate:
    held = site.aws.s3.get_object(Bucket=site.command.environment.state_bucket, Key="environment.tflock")
    raise Chosen(json.loads(held["Body"].read())["Operation"])


@pytest.mark.parametrize(
    ("operation", "is_rollback"), [("apply", False), ("promote", False), ("rollback", True)]
)
def test_images_are_protected_under_the_lock_before_anything_is_chosen(
    site: Site, listener: Listener, operation: str, is_rollback: bool
) -> None:
    """A lost tag is written again, whatever is delivered."""
    with pytest.raises(Chosen, match=operation):
        deliver(site, choose, operation=operation, foundation=False, is_rollback=is_rollback)
    assert "the images of release 1 are kept from expiring from now on." in listener.told
    repository = f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/{site.command.environment.prefix}/web"
    images = site.aws.ecr.describe_images(repositoryName=f"{site.command.environment.prefix}/web")
    assert tags(site.aws, f"{repository}@{images['imageDetails'][0]['imageDigest']}") == ["release-1"]


def test_what_verify_warns_of_is_told(site: Site, listener: Listener) -> None:
    """A saved plan's apply and a promotion run the same checks as an apply."""
    with pytest.raises(Chosen):
        deliver(site, choose, operation="apply", foundation=False)
    assert any("release 2, image of web must be in its repository" in line for line in listener.told)


def test_a_failing_choice_leaves_no_lock(site: Site) -> None:
    """The next command must not wait for it."""
    for _ in range(2):
        with pytest.raises(Chosen):
            deliver(site, choose, operation="apply", foundation=False)
