"""Where a state is: which one, and how often it has been written."""

import json
from dataclasses import dataclass

from wrapper.aws import Aws, explained
from wrapper.errors import TerraformError


@dataclass(frozen=True, kw_only=True)
class Position:
    """`lineage` is the state's own name since its first apply; `serial` grows with each write."""

    lineage: str
    serial: int


def position_of(aws: Aws, bucket: str, key: str) -> Position | None:
    """Read where the state `key` is, None before the first apply; raise TerraformError for no state."""
    with explained():
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return None
    try:
        document = json.loads(content)
        return Position(lineage=str(document["lineage"]), serial=int(document["serial"]))
    except (ValueError, KeyError, TypeError) as error:
        raise TerraformError(f"s3://{bucket}/{key} must be a state with a serial, got {error}.") from error
