"""Terraform's lock in the bucket: read, explained, and cleared if its holder is dead."""

import os
import re
import signal
import subprocess
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import needs_terraform, silent
from wrapper.aws.client import Aws
from wrapper.errors import LockedError
from wrapper.terraform import S3Backend, Terraform
from wrapper.terraform.lock_timeout import LOCK_VARIABLE
from wrapper.terraform.state import Lock, ensure_bucket, lock_of, unlock

pytestmark = [pytest.mark.slow, needs_terraform]

KEY = "app.tfstate"

SLOW = """
terraform {
  backend "s3" {}
}

resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch STARTED; while [ -e GATE ]; do sleep 0.05; done"
  }
}
"""


@pytest.fixture
def bucket(emulated: Aws) -> str:
    name = f"locks-{uuid.uuid4().hex[:12]}"
    ensure_bucket(emulated, name, region="eu-west-1", tags={})
    return name


def make_terraform(aws: Aws, root: Path) -> Terraform:
    stack = root / "terraform" / "stacks" / "app"
    stack.mkdir(parents=True)
    (stack / "main.tf").write_text(SLOW.replace("STARTED", f"{root}/started").replace("GATE", f"{root}/gate"))
    return Terraform(
        executable=Terraform.find(),
        root=root,
        work=root / ".wrapper" / "dev",
        process_environment=aws.process_environment(),
    )


def backend(bucket: str) -> S3Backend:
    return S3Backend(bucket=bucket, key=KEY, region="eu-west-1", sandbox=True)


def die_in_an_apply(terraform: Terraform, aws: Aws, root: Path) -> None:
    """Kill terraform in the middle, so that its lock stays."""
    plan = terraform.plan("app", progress=silent)
    (root / "gate").touch()
    process = subprocess.Popen(
        ["terraform", "apply", "-input=false", str(plan.path)],
        cwd=root / "terraform" / "stacks" / "app",
        env={
            **os.environ,
            **aws.process_environment(),
            "TF_DATA_DIR": str(root / ".wrapper" / "dev" / "app" / "data"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    deadline = time.monotonic() + 30
    while not (root / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (root / "gate").unlink()


def test_no_lock_is_none(emulated: Aws, bucket: str) -> None:
    """There is no lock, or not even a bucket."""
    assert lock_of(emulated, bucket, KEY) is None
    assert lock_of(emulated, "no-such-bucket", KEY) is None
    assert unlock(emulated, bucket, KEY) is None


def test_a_killed_run_is_explained_and_cleared(
    emulated: Aws, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run names the holder; after clearing, work continues. A command that only reads ignores it."""
    monkeypatch.setenv(LOCK_VARIABLE, "0")
    terraform = make_terraform(emulated, tmp_path)
    terraform.init("app", tfvars="", backend=backend(bucket))
    die_in_an_apply(terraform, emulated, tmp_path)
    lock = lock_of(emulated, bucket, KEY)
    assert lock is not None
    assert lock.operation == "apply"
    with pytest.raises(LockedError, match=f"by {re.escape(lock.who)} since .*lock {lock.id}"):
        terraform.plan("app", progress=silent)
    assert terraform.plan("app", lock=False, progress=silent).has_changes
    assert lock_of(emulated, bucket, KEY) == lock
    assert unlock(emulated, bucket, KEY) == lock
    terraform.apply(terraform.plan("app", progress=silent), progress=silent)
    assert lock_of(emulated, bucket, KEY) is None


def test_a_lock_that_changed_hands_is_left_alone(emulated: Aws, bucket: str) -> None:
    """Somebody else got the lock between the question and the answer."""
    emulated.s3.put_object(Bucket=bucket, Key=f"{KEY}.tflock", Body=b'{"ID": "2", "Who": "b@c"}')
    lock = lock_of(emulated, bucket, KEY)
    assert lock is not None
    with pytest.raises(LockedError, match="changed meanwhile; it was kept"):
        unlock(emulated, bucket, KEY, expected=replace(lock, id="1"))
    assert lock_of(emulated, bucket, KEY) == lock


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[1]"])
def test_a_damaged_lock_can_be_cleared(emulated: Aws, bucket: str, body: bytes) -> None:
    """It locks whatever it contains, and can be deleted."""
    emulated.s3.put_object(Bucket=bucket, Key=f"{KEY}.tflock", Body=body)
    assert unlock(emulated, bucket, KEY) == Lock(
        id="?", key=KEY, who="?", created="?", operation="?", terraform_version="?"
    )
    assert lock_of(emulated, bucket, KEY) is None
