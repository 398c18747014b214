"""Which release is promoted: states and releases as after an apply, in the emulator's S3."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.records import outputs, release, service
from wrapper import smoke
from wrapper.aws.client import Aws
from wrapper.console import TerminalConsole
from wrapper.delivery.site import Site
from wrapper.errors import ConfigError, PreconditionError
from wrapper.releases import append
from wrapper.verbs.promote.choice import chosen

pytestmark = pytest.mark.slow


def site(aws: Aws, root: Path, name: str, *, releases: int = 1, revision: int = 1) -> Site:
    """An environment with releases of revision 1, whose last apply left `revision`."""
    environment = stacks.environment(name)
    bucket = environment.state_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for _ in range(releases):
        append(aws, bucket=bucket, draft=release())
    family = release().services["web"].task_definition_arn.rpartition(":")[0]
    state = {"version": 4, "outputs": outputs(services={"web": f"{family}:{revision}"})}
    aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=json.dumps(state).encode())
    return stacks.site(aws, root, environment, TerminalConsole())


def test_the_newest_release_is_promoted_if_it_runs(aws: Aws, tmp_path: Path) -> None:
    """It is what the last apply left, so somebody has seen it."""
    assert chosen(site(aws, tmp_path, "p-runs", releases=2), None).number == 2


def test_what_was_applied_and_not_verified_is_refused(aws: Aws, tmp_path: Path) -> None:
    """The release before must be named."""
    origin = site(aws, tmp_path, "p-other", revision=2)
    with pytest.raises(PreconditionError, match="must run a verified release") as caught:
        chosen(origin, None)
    assert "--release 1" in str(caught.value.fix)
    assert chosen(origin, 1).number == 1


def test_a_release_that_nobody_asked_is_refused(aws: Aws, tmp_path: Path) -> None:
    """It was applied while no task ran."""
    origin = site(aws, tmp_path, "p-silent", releases=0)
    silent = replace(service(), verdict=smoke.asleep("http://a").as_json())
    bucket = origin.command.environment.state_bucket
    append(aws, bucket=bucket, draft=release(services={"web": silent}))
    with pytest.raises(PreconditionError, match="no task of web ran during its smoke test"):
        chosen(origin, 1)


def test_without_a_release_there_is_nothing_to_promote(aws: Aws, tmp_path: Path) -> None:
    """The fix is the command that makes one."""
    with pytest.raises(PreconditionError) as caught:
        chosen(site(aws, tmp_path, "p-none", releases=0), None)
    assert str(caught.value.fix).endswith("python -m wrapper apply p-none")


def test_an_unknown_release_is_told_with_the_nearest(aws: Aws, tmp_path: Path) -> None:
    """It is the same message as in a rollback."""
    with pytest.raises(ConfigError, match="got 9; the nearest is 1"):
        chosen(site(aws, tmp_path, "p-nine"), 9)
