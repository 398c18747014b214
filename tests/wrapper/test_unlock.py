"""Clearing the locks of killed runs: each needs a confirmation, and one that stays is no success."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws
from wrapper.delivery.site import Site
from wrapper.errors import Aborted
from wrapper.terraform import state
from wrapper.verbs.unlock import Cleared, clear_at

pytestmark = pytest.mark.slow

BODY = b'{"ID": "1", "Who": "a@b"}'
KEYS = ("environment", "foundation.tfstate", "app.tfstate", "github.tfstate")


def site(aws: Aws, root: Path, *, answer: bool) -> Site:
    """An environment with a bucket, and a lock on everything that can be locked."""
    declared = stacks.environment(f"u{uuid4().hex[:7]}")
    state.ensure_bucket(aws, declared.state_bucket, region="eu-west-1", tags={})
    for key in KEYS:
        aws.s3.put_object(
            Bucket=declared.state_bucket, Key=f"{key}.tflock", Body=b'{"ID": "1", "Who": "a@b"}'
        )
    return stacks.site(aws, root, declared, Listener(answer=answer), executable=stacks.NO_TERRAFORM)


def test_what_nobody_agrees_to_clear_stays_and_is_no_success(aws: Aws, tmp_path: Path) -> None:
    """As without a terminal, each remaining lock is named."""
    locked = site(aws, tmp_path, answer=False)
    found = clear_at(locked)
    assert (found.cleared, [lock.key for lock in found.kept]) == ((), list(KEYS))
    with pytest.raises(Aborted, match=r"the lock on environment: .* by a@b"):
        found.raise_unless_done()
    assert state.lock_of(aws, locked.command.environment.state_bucket, KEYS[0])


def test_every_lock_is_cleared_once(aws: Aws, tmp_path: Path) -> None:
    """These are the environment's lock and that of each state; without a lock there is nothing to do."""
    locked = site(aws, tmp_path, answer=True)
    assert [lock.key for lock in clear_at(locked).cleared] == list(KEYS)
    assert clear_at(locked) == Cleared()
    Cleared().raise_unless_done()
