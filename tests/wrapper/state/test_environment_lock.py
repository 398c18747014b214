"""One command at a time on one environment: another one names the holder, and a dead lock is replaced."""

import json
import os
import subprocess
import sys
import uuid
from typing import Any

import pytest

from wrapper.aws.client import Aws
from wrapper.errors import LockedError
from wrapper.terraform.state import KEY, ensure_bucket, environment_lock, lock_of

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(emulated: Aws) -> str:
    name = f"holds-{uuid.uuid4().hex[:12]}"
    ensure_bucket(emulated, name, region="eu-west-1", tags={})
    return name


def held(
    aws: Aws, bucket: str, operation: str = "apply", told: list[str] | None = None, seconds: float = 0
) -> Any:
    note = told.append if told is not None else print
    return environment_lock(
        aws, bucket=bucket, environment="dev", operation=operation, note=note, seconds=seconds
    )


def change(aws: Aws, bucket: str, **changes: object) -> None:
    """Give the lock to somebody else."""
    key = f"{KEY}.tflock"
    document = json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    aws.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({**document, **changes}).encode())


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_second_command_is_told_who_holds_the_lock(emulated: Aws, bucket: str) -> None:
    """The message has holder, time, command and how to clear it; the first one keeps its lock."""
    with held(emulated, bucket, "destroy"):
        with pytest.raises(LockedError, match=r"dev is locked by \S+ since \S+ \(destroy, lock") as caught:
            held(emulated, bucket).__enter__()
        assert "unlock dev" in str(caught.value.fix)
        assert lock_of(emulated, bucket, KEY) is not None


def test_a_lock_that_is_given_back_meanwhile_is_waited_for(emulated: Aws, bucket: str) -> None:
    """The holder is printed once; then the second command continues."""
    told: list[str] = []
    first = held(emulated, bucket)
    first.__enter__()

    def tell(text: str) -> None:
        told.append(text)
        first.__exit__(None, None, None)

    with environment_lock(
        emulated, bucket=bucket, environment="dev", operation="apply", note=tell, seconds=60
    ):
        assert lock_of(emulated, bucket, KEY) is not None
    assert len(told) == 1
    assert told[0].startswith("waiting for the lock on environment: apply by ")


def test_a_destroy_is_not_waited_for(emulated: Aws, bucket: str) -> None:
    """After it there is no environment to continue with."""
    with held(emulated, bucket, "destroy"), pytest.raises(LockedError):
        held(emulated, bucket, seconds=60).__enter__()


def test_a_dead_lock_that_somebody_else_took_is_theirs(emulated: Aws, bucket: str) -> None:
    """Of two that find the same dead lock, the slower finds a live one in its place, and leaves it."""
    dead = held(emulated, bucket)
    dead.__enter__()
    change(emulated, bucket, Pid=dead_pid(), ID="dead")

    def be_faster(text: str) -> None:
        change(emulated, bucket, Pid=os.getpid(), ID="theirs")

    slower = environment_lock(
        emulated, bucket=bucket, environment="dev", operation="apply", note=be_faster, seconds=0
    )
    with pytest.raises(LockedError, match="lock theirs"):
        slower.__enter__()
    found = lock_of(emulated, bucket, KEY)
    assert found is not None
    assert found.id == "theirs"


@pytest.mark.parametrize("content", [b"", b"[1]", b"not JSON"])
def test_a_lock_that_was_damaged_meanwhile_stops_nobody_from_ending(
    emulated: Aws, bucket: str, content: bytes
) -> None:
    """The command has done its work, so it succeeds; the next one is refused."""
    with held(emulated, bucket):
        emulated.s3.put_object(Bucket=bucket, Key=f"{KEY}.tflock", Body=content)
    with pytest.raises(LockedError, match=r"by \? since \?"):
        held(emulated, bucket).__enter__()


@pytest.mark.parametrize("failure", [None, KeyboardInterrupt, ValueError])
def test_lock_goes_with_its_holder(emulated: Aws, bucket: str, failure: type[BaseException] | None) -> None:
    """It is released after a success, an error or Ctrl-C."""
    try:
        with held(emulated, bucket):
            if failure:
                raise failure
    except (KeyboardInterrupt, ValueError):
        assert failure
    assert lock_of(emulated, bucket, KEY) is None


def test_lock_of_a_dead_process_is_taken_over(emulated: Aws, bucket: str) -> None:
    """A lock that SIGKILL left on this machine stops nobody, and there is a message about it."""
    told: list[str] = []
    with held(emulated, bucket):
        change(emulated, bucket, Pid=dead_pid(), ID="dead")
        with held(emulated, bucket, told=told):
            assert lock_of(emulated, bucket, KEY) is not None
    assert "that process has ended" in told[0]


def test_lock_of_a_process_that_took_the_number_is_taken_over(emulated: Aws, bucket: str) -> None:
    """The number belongs to a process that started at another time."""
    with held(emulated, bucket):
        change(emulated, bucket, Pid=os.getppid(), Started="1", ID="dead")
        held(emulated, bucket).__enter__()


def test_lock_of_another_machine_is_not_judged(emulated: Aws, bucket: str) -> None:
    """Its process can't be checked from here, whatever the machine's name is."""
    with held(emulated, bucket):
        change(emulated, bucket, Boot="elsewhere", Pid=dead_pid(), ID="theirs")
        with pytest.raises(LockedError):
            held(emulated, bucket).__enter__()
    left = lock_of(emulated, bucket, KEY)
    assert left is not None
    assert left.id == "theirs", "the lock of somebody else must not be released"


def test_bucket_that_is_gone_holds_no_lock(emulated: Aws, bucket: str) -> None:
    """A destroy deletes the bucket, and its own lock with it."""
    with held(emulated, bucket):
        emulated.s3.delete_object(Bucket=bucket, Key=f"{KEY}.tflock")
        for version in emulated.s3.list_object_versions(Bucket=bucket).get("Versions", []):
            emulated.s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        for marker in emulated.s3.list_object_versions(Bucket=bucket).get("DeleteMarkers", []):
            emulated.s3.delete_object(Bucket=bucket, Key=marker["Key"], VersionId=marker["VersionId"])
        emulated.s3.delete_bucket(Bucket=bucket)


def test_emulator_that_is_gone_keeps_nobody_waiting() -> None:
    """If nobody answers, releasing takes only a moment."""
    gone = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:9")
    from wrapper.terraform.state.environment_lock import release

    release(gone, "bucket", "id")
