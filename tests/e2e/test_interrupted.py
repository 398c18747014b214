"""An apply that dies in the middle: the next one finishes the job."""

import subprocess
import time

import pytest

from tests.e2e.conftest import Clone, kill_hard

pytestmark = pytest.mark.e2e

# Terraform, told by the kernel that its parent died, finishes what it is at and releases the lock.
WIND_DOWN_SECONDS = 60


@pytest.fixture(scope="module")
def killed(clone: Clone) -> Clone:
    """A clone whose first apply was killed with SIGKILL while the load balancer was being made."""
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
        if "aws_lb." in line and "creating" in line:
            break
    assert process.poll() is None, "".join(seen)
    kill_hard(process.pid)
    process.wait()
    return clone


def test_a_second_apply_meanwhile_says_who_holds_the_lock(killed: Clone) -> None:
    """Terraform still winds down: the lock is explained, with the command that clears it."""
    refused = killed.wrapper("apply", "dev")
    assert refused.returncode == 9, refused.stderr
    for word in ("locked by", "since", "unlock dev"):
        assert word in refused.stderr


def test_the_next_apply_finishes_the_job(killed: Clone) -> None:
    """Once the lock is gone, by itself or by hand, apply goes on where the dead one stopped."""
    deadline = time.monotonic() + WIND_DOWN_SECONDS
    finished = killed.wrapper("apply", "dev")
    while finished.returncode == 9 and time.monotonic() < deadline:
        time.sleep(2)
        finished = killed.wrapper("apply", "dev")
    if finished.returncode == 9:
        assert killed.wrapper("unlock", "dev", "--yes").returncode == 0
        finished = killed.wrapper("apply", "dev")
    assert finished.returncode == 0, finished.stderr
    assert killed.get("/?uid=20").status_code == 200


def test_nothing_is_left_after_destroy(killed: Clone) -> None:
    """Nor does anything that the dead run made escape the state."""
    destroyed = killed.wrapper("destroy", "dev", "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert "nothing is left" in destroyed.stdout
