"""What the last apply left as outputs, read from the state itself: no terraform, no lock, milliseconds."""

import json
from typing import Any

from wrapper.aws import Aws, explained
from wrapper.errors import TerraformError


def outputs(aws: Aws, bucket: str, key: str) -> dict[str, Any]:
    """Return a stack's outputs by name; empty before the first apply and after a destroy.

    Reads version 4 of the state's format, which Terraform has written since 0.12; raises TerraformError for
    any other.
    """
    with explained():
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return {}
    try:
        document = json.loads(content)
        if document["version"] != 4:
            raise ValueError(f"version {document['version']}")
        return {name: output["value"] for name, output in document["outputs"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TerraformError(f"s3://{bucket}/{key} must be a state of version 4, got {error}.") from error
