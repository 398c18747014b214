"""Where Terraform's state lives: the bucket, and the locks in it."""

from wrapper.state.bucket import bucket_exists, delete_bucket, ensure_bucket
from wrapper.state.lock import Lock, lock_of, unlock

__all__ = ["Lock", "bucket_exists", "delete_bucket", "ensure_bucket", "lock_of", "unlock"]
