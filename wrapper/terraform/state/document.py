"""A state as Terraform keeps it in the bucket: JSON, version 4 since Terraform 0.12."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wrapper.aws.client import Aws, explained
from wrapper.errors import TerraformError

T = TypeVar("T")

_VERSION = 4


def read_state(aws: Aws, bucket: str, key: str, understand: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Let `understand` read the state, None where there is none; raise TerraformError for another format."""
    with explained():
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return None
    try:
        document = json.loads(content)
        if document["version"] != _VERSION:
            raise ValueError(f"version {document['version']}")
        return understand(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TerraformError(
            f"s3://{bucket}/{key} must be a state of version {_VERSION}, got {error}."
        ) from error
