"""What the foundation keeps while tasks may use it, though the environment file no longer has it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from tests.wrapper.records import release, service
from wrapper.aws.client import Aws
from wrapper.delivery import tfvars
from wrapper.delivery.deferred_removals import Phases, agree_to_removals, apply_removals, foundation_phases
from wrapper.delivery.plans import NO_CHANGES
from wrapper.delivery.recovery import recover
from wrapper.delivery.site import Site
from wrapper.releases import append

pytestmark = pytest.mark.slow


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def site(aws: Aws, tmp_path: Path, listener: Listener) -> Site:
    """An environment with one service, called web."""
    declared = stacks.environment(f"g{uuid4().hex[:7]}")
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return stacks.site(aws, tmp_path, declared, listener)


def put_state(site: Site, stack: str, *resources: tuple[str, dict[str, Any]], **outputs: Any) -> None:
    document = {
        "version": 4,
        "resources": [
            {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": values}]}
            for kind, values in resources
        ],
        "outputs": {name: {"value": value} for name, value in outputs.items()},
    }
    bucket = site.command.environment.state_bucket
    site.aws.s3.put_object(Bucket=bucket, Key=f"{stack}.tfstate", Body=json.dumps(document).encode())


def put_foundation(site: Site, *repositories: str) -> None:
    declared = site.command.environment
    made = [("aws_ecr_repository", {"name": f"{declared.prefix}/{name}"}) for name in repositories]
    bucket = {"name": declared.own_model_bucket, "arn": f"arn:aws:s3:::{declared.own_model_bucket}"}
    models = ("aws_s3_bucket", {"bucket": declared.own_model_bucket})
    put_state(site, "foundation", models, *made, model_bucket=bucket)


def test_nothing_is_kept_of_an_environment_that_never_ran(site: Site) -> None:
    """The same holds if nothing is removed."""
    rendered = tfvars.render_foundation(site.command.environment)
    put_foundation(site, "web", "films")
    assert foundation_phases(site) == Phases(first=rendered)
    put_state(site, "app", url="http://127.0.0.1", services={})
    put_foundation(site, "web")
    assert foundation_phases(site) == Phases(first=rendered)


def test_a_repository_stays_until_the_app_has_changed(site: Site) -> None:
    """The last rendered files are those of the environment file."""
    put_foundation(site, "web", "films")
    put_state(site, "app", url="http://127.0.0.1", services={})
    found = foundation_phases(site)
    assert found.first.endswith(
        '\ndeferred_removals = {\n  "repositories" = ["films"]\n  "models"       = false\n}\n'
    )
    assert found.last == tfvars.render_foundation(site.command.environment)


def test_nothing_more_happens_where_nothing_goes(site: Site) -> None:
    """No plan is made: this test has no clone for one."""
    phases = Phases(first="")
    assert agree_to_removals(site, phases) is phases
    assert apply_removals(site, phases) == NO_CHANGES


def test_a_release_that_can_not_run_any_more_is_not_offered(site: Site, listener: Listener) -> None:
    """Its service is not in the file any more, so going back to it is no choice."""
    put_foundation(site, "web")
    append(
        site.aws,
        bucket=site.command.environment.state_bucket,
        draft=release(services={"films": service(model=None)}),
    )
    recover(site)
    assert any("films must be in the file to roll back to release 1" in line for line in listener.told)
    assert listener.asked == []
