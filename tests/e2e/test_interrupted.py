"""Two commands at once from two clones, and one that is killed: one wins, and the next one continues."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Clone, kill_hard, make_clone
from wrapper.aws.client import Aws
from wrapper.terraform.lock_timeout import LOCK_VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

STATE = "recommender-dev-state-000000000000"


@pytest.fixture(scope="module")
def other(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A second clone that works on the first one's sandbox, as two clones would on one AWS account."""
    made = make_clone(tmp_path_factory.mktemp("other"))
    made.port, made.alb_port = clone.port, clone.alb_port
    work = made.root / ".wrapper" / "dev"
    work.mkdir()
    (work / "sandbox").symlink_to(clone.root / ".wrapper" / "dev" / "sandbox")
    return made


@pytest.fixture(scope="module")
def first(clone: Clone) -> Iterator["subprocess.Popen[str]"]:
    """Start a first apply that waits for its new load balancer for another half a minute or more.

    Not earlier: if its maker is killed while AWS creates something, no state contains it.
    """
    process = begin(clone, "apply", "dev")
    seen = until(process, lambda line, _: re.search(r"aws_lb\.front: creating \d+s", line) is not None)
    assert process.poll() is None, seen
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("words", [("apply", "dev"), ("destroy", "dev", "--yes")], ids=["apply", "destroy"])
def test_second_command_meanwhile_says_who_holds_the_lock(
    other: Clone,
    first: "subprocess.Popen[str]",
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message has the lock's holder, its age and the command that clears it; nothing changes."""
    monkeypatch.setenv(LOCK_VARIABLE, "0")
    refused = other.wrapper(*words)
    assert refused.returncode == 9, refused.stderr
    for word in ("dev is locked by", "since", "(apply, lock", "nothing was changed", "unlock dev"):
        assert word in refused.stderr
    assert first.poll() is None


def test_after_a_kill_the_next_apply_finishes_the_job(
    clone: Clone, other: Clone, first: "subprocess.Popen[str]"
) -> None:
    """It waits for the Terraform that the killed apply left running, says so, and continues from there."""
    assert first.poll() is None, "the first apply ended before it could be killed"
    kill_hard(first.pid)
    first.wait()
    finished = other.wrapper("apply", "dev")
    assert finished.returncode == 0, finished.stderr
    assert "that process has ended; this command takes the lock over" in finished.stderr
    assert clone.get("/?uid=20").status_code == 200


def test_what_a_kill_left_in_no_state_is_taken_over(clone: Clone, first: object) -> None:
    """The state is emptied as if nothing had been written: nothing is created twice, nothing is refused."""
    aws = clone.aws()
    aws.s3.put_object(Bucket=STATE, Key="app.tfstate", Body=forgetful(aws))
    finished = clone.wrapper("apply", "dev")
    assert finished.returncode == 0, finished.stderr
    assert "of what app would create exist, but are in no state" in finished.stderr
    named = [{"Name": "tag:Name", "Values": ["recommender-dev"]}]
    assert len(aws.ec2.describe_vpcs(Filters=named)["Vpcs"]) == 1  # type: ignore[arg-type]
    assert clone.get("/?uid=20").status_code == 200


def forgetful(aws: Aws) -> bytes:
    """Return the app's state without any resource, as the next serial of its lineage."""
    state = json.loads(aws.s3.get_object(Bucket=STATE, Key="app.tfstate")["Body"].read())
    kept = [each for each in state["resources"] if each["mode"] != "managed"]
    return json.dumps({**state, "serial": state["serial"] + 1, "resources": kept}).encode()


def test_of_two_destroys_one_wins(clone: Clone, other: Clone, first: object) -> None:
    """The other one prints who holds the lock; nothing is left, whichever of the two wins."""
    winner = begin(clone, "destroy", "dev", "--yes")
    until(winner, lambda line, _: "Scale to zero" in line)
    others = [begin(other, "destroy", "dev", "--yes"), begin(other, "apply", "dev")]
    refused = [each.communicate(timeout=300)[1] for each in others]
    said, told = winner.communicate(timeout=300)
    assert [each.returncode for each in others] == [9, 9], refused
    assert all("(destroy, lock" in each for each in refused)
    assert winner.returncode == 0, told
    assert "nothing is left" in said


def begin(clone: Clone, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        clone.command(*words),
        cwd=clone.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(process: "subprocess.Popen[str]", found: Callable[[str, str], bool]) -> str:
    """Read a command's output until a line is found, given that line and all before it; return all."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        if found(line, seen):
            break
        seen += line
    return seen
