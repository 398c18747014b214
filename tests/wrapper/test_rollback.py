"""What follows a failed roll-out, by the environment's `rollback`; the good case is tested end to end."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from tests.wrapper.records import release
from wrapper.aws.client import Aws
from wrapper.delivery import from_release, recovery
from wrapper.delivery.recovery import recover
from wrapper.errors import PreconditionError
from wrapper.releases import append

pytestmark = pytest.mark.slow


def told(aws: Aws, root: Path, *, rollback: str, releases: int, answer: bool = False) -> Sequence[str]:
    """Recover in an environment with this many releases and no other resources; return the messages."""
    declared = stacks.environment(f"r{abs(hash(root)) % 10**7}").model_copy(update={"rollback": rollback})
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    for _ in range(releases):
        append(aws, bucket=declared.state_bucket, draft=release())
    listener = Listener(answer=answer)
    recover(stacks.site(aws, root, declared, listener))
    return listener.told


def test_never_leaves_things_as_they_are(aws: Aws, tmp_path: Path) -> None:
    """There is no message, because the failure itself follows."""
    assert told(aws, tmp_path, rollback="never", releases=1) == []


@pytest.mark.parametrize("rollback", ["auto", "ask"])
def test_without_a_release_there_is_no_way_back(aws: Aws, tmp_path: Path, rollback: str) -> None:
    """Before the first release there is none, so nobody is asked."""
    assert told(aws, tmp_path, rollback=rollback, releases=0) == [
        "There is no earlier release to roll back to."
    ]


@pytest.fixture
def runnable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each release have all it needs; what follows is tested elsewhere."""
    monkeypatch.setattr(from_release, "candidate_of", lambda *_, **__: None)


@pytest.mark.usefixtures("runnable")
def test_no_is_an_answer(aws: Aws, tmp_path: Path) -> None:
    """The question names the newest release."""
    assert told(aws, tmp_path, rollback="ask", releases=2) == ["Roll back to release 2?"]


@pytest.mark.parametrize("rollback", ["auto", "ask"])
def test_a_release_that_lacks_what_it_needs_is_no_way_back(aws: Aws, tmp_path: Path, rollback: str) -> None:
    """Nobody is asked about something impossible; here there are not even repositories."""
    [said] = told(aws, tmp_path, rollback=rollback, releases=1, answer=True)
    assert said.startswith("Release 1 cannot be rolled back to: ")
    assert "repositories" in said


@pytest.mark.usefixtures("runnable")
@pytest.mark.parametrize("rollback", ["auto", "ask"])
def test_going_back_that_fails_is_told_and_hides_nothing(
    aws: Aws, tmp_path: Path, rollback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises nothing: in the end the user must see the first failure."""

    def fail(*_: object) -> None:
        raise PreconditionError("the cluster must be there.")

    monkeypatch.setattr(recovery, "roll_out", fail)
    *_, last = told(aws, tmp_path, rollback=rollback, releases=1, answer=True)
    assert last == "The rollback failed, too: the cluster must be there."
