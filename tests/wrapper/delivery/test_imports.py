"""What an apply imports: resources with the environment's tags and names that are in no state."""

import json
import uuid
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws
from wrapper.delivery.imports import ids_to_import
from wrapper.delivery.site import APP, FOUNDATION, GITHUB, Site, ensure_state_bucket

pytestmark = pytest.mark.slow


@pytest.fixture
def site(aws: Aws, tmp_path: Path) -> Site:
    """An environment without a state, with a log group and a repository from before."""
    environment = stacks.environment(f"k{uuid.uuid4().hex[:8]}")
    tags = dict(environment.tags)
    aws.logs.create_log_group(logGroupName=f"/ecs/{environment.prefix}/web", tags=tags)
    aws.logs.create_log_group(logGroupName=f"/ecs/{environment.prefix}/gone", tags=tags)
    aws.ecr.create_repository(
        repositoryName=f"{environment.prefix}/web",
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    return stacks.site(aws, tmp_path, environment, Listener())


def test_what_is_ours_and_in_no_state_is_taken_over(site: Site) -> None:
    """Only what this stack creates: a service that is not in the file has no address for its log group."""
    prefix = site.command.environment.prefix
    assert ids_to_import(site, APP) == [f"/ecs/{prefix}/web"]
    assert ids_to_import(site, FOUNDATION) == [f"{prefix}/web"]
    assert ids_to_import(site, GITHUB) == []


def test_what_the_state_has_is_not_taken_over_again(site: Site) -> None:
    """This is so after every apply."""
    ensure_state_bucket(site)
    name = f"/ecs/{site.command.environment.prefix}/web"
    group = {
        "mode": "managed",
        "type": "aws_cloudwatch_log_group",
        "name": "service",
        "instances": [{"attributes": {"id": name, "arn": "arn"}}],
    }
    state = {"version": 4, "lineage": "a", "serial": 1, "outputs": {}, "resources": [group]}
    bucket = site.command.environment.state_bucket
    site.aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=json.dumps(state).encode())
    assert ids_to_import(site, APP) == []


def test_a_strangers_is_never_taken_over(site: Site) -> None:
    """Without the environment's tags it is existing, and its owner must agree first."""
    name = f"/ecs/{site.command.environment.prefix}/web"
    site.aws.logs.untag_log_group(logGroupName=name, tags=["project"])
    assert ids_to_import(site, APP) == []
