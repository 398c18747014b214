"""The IAM actions of the calls to a sandbox: the permissions that a deployer needs on AWS."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from wrapper.sandbox.environment import Environment
from wrapper.sandbox.place import Place

if TYPE_CHECKING:  # botocore's import is slow, and other commands don't need it
    from botocore.model import OperationModel, ServiceModel

# From the signing name of a service to IAM's name, where they differ.
_IAM_NAMES = {"monitoring": "cloudwatch", "tagging": "tag"}
_MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
_SMITHY = re.compile(r"/operation/(\w+)$")

# S3's actions whose names differ from the operations' (Service Authorization Reference, Amazon S3).
_S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}


def actions(environment: Environment, *, root: Path) -> frozenset[str]:
    """Return the actions, such as ecs:DescribeServices, of all callers: the wrapper, Terraform and the tasks.

    They are those of the running sandbox, else of the last one, else none.
    """
    calls = Place(root=root, environment=environment.name).calls
    content = calls.read_bytes() if calls.is_file() else b""
    # If the emulator was killed while it wrote, the last line is incomplete.
    whole = content.rpartition(b"\n")[0]
    return frozenset(action_of(json.loads(line)) for line in whole.splitlines())


def action_of(call: Mapping[str, str]) -> str:
    """Return the IAM action of one call, with `?` for an operation that botocore does not know."""
    service = call["service"]
    operation = call["operation"] or _by_path(call)
    if service == "s3":
        operation = _S3_ACTIONS.get(operation, operation)
    return f"{_IAM_NAMES.get(service, service)}:{operation}"


def _by_path(call: Mapping[str, str]) -> str:
    if named := _SMITHY.search(call["path"]):
        return named[1]
    query = parse_qs(call["query"], keep_blank_values=True)
    fitting = [
        (-len(wanted), -len(pattern.pattern), name)
        for name, method, pattern, wanted in _operations(call["service"])
        if method == call["method"] and pattern.fullmatch(call["path"]) and _fits(wanted, query)
    ]
    # The most specific operation is the right one: GET /bucket?encryption also matches GET /bucket.
    return min(fitting)[2] if fitting else "?"


def _fits(wanted: Mapping[str, str], query: Mapping[str, list[str]]) -> bool:
    return all(name in query and value in ("", query[name][0]) for name, value in wanted.items())


Operation = tuple[str, str, re.Pattern[str], Mapping[str, str]]


@cache
def _operations(service: str) -> list[Operation]:
    """Return the name, method, path and required query ("" is any value) of each operation."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(_MODELS.get(service, service))
    return [_operation(model, name) for name in model.operation_names]


def _operation(model: "ServiceModel", name: str) -> Operation:
    operation = model.operation_model(name)
    path, _, query = operation.http["requestUri"].partition("?")
    fixed = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
    parts = re.split(r"(\{\w+\+?\})", path.rstrip("/"))
    pattern = "".join(_part(part) for part in parts)
    return name, operation.http["method"], re.compile(f"{pattern}/?"), fixed | _required(operation)


def _part(part: str) -> str:
    if part.endswith("+}"):
        return ".+"
    return "[^/]+" if part.startswith("{") else re.escape(part)


def _required(operation: "OperationModel") -> dict[str, str]:
    shape = operation.input_shape
    if shape is None:
        return {}
    members = (shape.members[name] for name in shape.required_members)
    return {
        member.serialization["name"]: ""
        for member in members
        if member.serialization.get("location") == "querystring"
    }
