"""A state as Terraform writes it into the bucket: JSON, version 4 since Terraform 0.12."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wrapper.aws.client import Aws, explained
from wrapper.errors import TerraformError

T = TypeVar("T")

_VERSION = 4
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def read_state(aws: Aws, bucket: str, key: str, understand: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Let `understand` read the state, None without one; raise TerraformError for another format.

    An empty object is no state either: Terraform would treat it as a stack that was never applied.
    """
    with explained():
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return None
    try:
        return understand(_document(content))
    except _ODD as error:
        got = f"{type(error).__name__}: {error}" if content else "an empty object"
        raise TerraformError(
            f"s3://{bucket}/{key} must be a state of version {_VERSION}, got {got}.",
            fix=_way_back(aws, bucket, key, understand),
        ) from error


def _document(content: bytes) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(content)
    if document["version"] != _VERSION:
        raise ValueError(f"version {document['version']}")
    return document


def _way_back(aws: Aws, bucket: str, key: str, understand: Callable[[Mapping[str, Any]], Any]) -> str:
    """Say how to restore the newest version that can be read; the bucket keeps them all."""
    where = f"s3://{bucket}/{key}"
    with explained():
        pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
        found = [each for page in pages for each in page.get("Versions", []) if each["Key"] == key]
        for version in sorted(found, key=lambda each: each["LastModified"], reverse=True):
            given = aws.s3.get_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])["Body"].read()
            try:
                understand(_document(given))
            except _ODD:
                continue
            place = f" --endpoint-url {aws.endpoint_url}" if aws.endpoint_url else ""
            source = f"{bucket}/{key}?versionId={version['VersionId']}"
            return (
                f"restore the version of {version['LastModified'].isoformat()}: aws s3api copy-object"
                f" --bucket {bucket} --key {key} --copy-source '{source}'{place}"
            )
    return f"no version can be read: restore a copy, or, if no resource of it exists, aws s3 rm {where}"
