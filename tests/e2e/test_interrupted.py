"""Two applies at once, and an apply that dies in the middle: one wins, and the next one finishes the job."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Clone, kill_hard

pytestmark = pytest.mark.e2e

# Terraform, told by the kernel that its parent died, finishes what it is at and releases the lock.
WIND_DOWN_SECONDS = 60


@pytest.fixture(scope="module")
def first(clone: Clone) -> Iterator["subprocess.Popen[str]"]:
    """A first apply that is at making the load balancer, which takes it another half a minute or more."""
    process = subprocess.Popen(
        clone.command("apply", "dev"),
        cwd=clone.root,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if "(" in line and "aws_" in line and "Apply foundation" in "".join(seen):
            break
    assert process.poll() is None, "".join(seen)
    yield process
    process.kill()
    process.wait()


def test_a_second_apply_meanwhile_says_who_holds_the_lock(
    clone: Clone, first: "subprocess.Popen[str]"
) -> None:
    """The lock is explained with its holder, its age and the command that clears it; nothing changes."""
    refused = clone.wrapper("apply", "dev")
    assert refused.returncode == 9, refused.stderr
    for word in ("locked by", "since", "unlock dev"):
        assert word in refused.stderr


def test_after_a_kill_the_next_apply_finishes_the_job(clone: Clone, first: "subprocess.Popen[str]") -> None:
    """Once the lock is gone, by itself or by hand, apply goes on where the dead one stopped."""
    assert first.poll() is None, "the first apply ended before it could be killed"
    kill_hard(first.pid)
    first.wait()
    deadline = time.monotonic() + WIND_DOWN_SECONDS
    finished = clone.wrapper("apply", "dev")
    while finished.returncode == 9 and time.monotonic() < deadline:
        time.sleep(2)
        finished = clone.wrapper("apply", "dev")
    if finished.returncode == 9:
        assert clone.wrapper("unlock", "dev", "--yes").returncode == 0
        finished = clone.wrapper("apply", "dev")
    assert finished.returncode == 0, finished.stderr
    assert clone.get("/?uid=20").status_code == 200


def test_nothing_is_left_after_destroy(clone: Clone, first: object) -> None:
    """Nor does anything that the dead run made escape the state."""
    destroyed = clone.wrapper("destroy", "dev", "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert "nothing is left" in destroyed.stdout
