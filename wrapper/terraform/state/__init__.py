"""Terraform's state: the bucket, the locks in it, and the outputs of the last apply."""

from wrapper.terraform.state.bucket import bucket_exists, delete_bucket, ensure_bucket
from wrapper.terraform.state.environment_lock import KEY, environment_lock
from wrapper.terraform.state.lock import Lock, lock_of, unlock
from wrapper.terraform.state.outputs import outputs, resources, without
from wrapper.terraform.state.position import Position, position_of

__all__ = [
    "KEY",
    "Lock",
    "Position",
    "bucket_exists",
    "delete_bucket",
    "ensure_bucket",
    "environment_lock",
    "lock_of",
    "outputs",
    "position_of",
    "resources",
    "unlock",
    "without",
]
