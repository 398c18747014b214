"""Where Terraform's state lives: the bucket, the locks in it, and the outputs of the last apply."""

from wrapper.state.bucket import bucket_exists, delete_bucket, ensure_bucket
from wrapper.state.lock import Lock, lock_of, unlock
from wrapper.state.outputs import outputs

__all__ = ["Lock", "bucket_exists", "delete_bucket", "ensure_bucket", "lock_of", "outputs", "unlock"]
