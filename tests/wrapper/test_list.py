"""`list`: environments of files, and previews, found by running sandboxes or by state buckets."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.sample import copy_clone
from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from tests.wrapper.sandbox.stage import free_ports, share_venv
from wrapper import sandbox
from wrapper.aws.client import Aws
from wrapper.delivery.site import Site, ensure_state_bucket
from wrapper.environment import Environment, Preview, load
from wrapper.verbs.list import of_aws, of_sandbox

pytestmark = pytest.mark.slow


def previewed(folder: Path, name: str, *overrides: str) -> Environment:
    """Return a preview of the sample's dev."""
    free = free_ports()
    chosen = Preview(name=name, port=free.port, alb_port=free.alb_port)
    return load("dev", directory=folder / "environments", overrides=overrides, preview=chosen)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return share_venv(copy_clone(tmp_path, "wrapper", "service", "terraform", "Dockerfile"))


def test_previews_run_side_by_side_and_are_listed_with_their_file(root: Path) -> None:
    """Two of one file have two sandboxes; a stopped one is no longer listed."""
    one, two = (previewed(root, name) for name in ("pr-1", "pr-2"))
    own = load("dev", directory=root / "environments")
    started = []
    try:
        started = [sandbox.up(each, root=root, progress=print) for each in (one, two)]
        found = of_sandbox(own, root=root)
        assert [(each.name, each.file, each.since is not None) for each in found] == [
            ("dev", "dev", False),
            ("pr-1", "dev", True),
            ("pr-2", "dev", True),
        ]
        assert [each.url for each in found[1:]] == [each.alb_url for each in started]
        # The command line finds the ports of a running one, and free ports for one that does not run.
        told = [config(root, name) for name in ("pr-1", "pr-2", "pr-3")]
        assert told[:2] == [(each.port, each.alb_port) for each in started]
        assert told[2] not in told[:2]
        sandbox.down(one, root=root)
        assert [each.name for each in of_sandbox(own, root=root)] == ["dev", "pr-2"]
    finally:
        for each in (one, two):
            sandbox.down(each, root=root)


def config(root: Path, name: str) -> tuple[int, int]:
    """Return the ports that the command line gives a preview."""
    words = ["-m", "wrapper", "config", "dev", "--as", name, "--json"]
    told = json.loads(subprocess.check_output([sys.executable, *words], cwd=root))
    return told["sandbox.port"]["value"], told["sandbox.alb_port"]["value"]


def test_previews_on_aws_are_told_by_the_tag_of_their_states_bucket(aws: Aws, root: Path) -> None:
    """Other buckets of the same project are no previews of the file."""
    project = f"p{uuid4().hex[:7]}"
    own = load("dev", directory=root / "environments", overrides=[f"project={project}"])
    mine = previewed(root, "pr-1", f"project={project}")
    there = ["target=sandbox", "account_id='000000000000'", f"project={project}"]
    foreign = load("staging", directory=root / "environments", overrides=there)
    for each in (mine, foreign):
        ensure_state_bucket(site(aws, root, each))
    found = of_aws(own, aws)
    assert [(each.name, each.since is not None, each.url) for each in found] == [
        ("dev", False, None),
        ("pr-1", True, None),
    ]
    ensure_state_bucket(site(aws, root, own))
    assert [each.since is not None for each in of_aws(own, aws)] == [True, True]


def site(aws: Aws, root: Path, environment: Environment) -> Site:
    return stacks.site(aws, root, environment, Listener(), executable=stacks.NO_TERRAFORM)
