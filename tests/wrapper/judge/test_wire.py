"""Requests are decoded correctly: for every operation, what botocore writes is read again."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wrapper.judge.requests import model, request
from wrapper.aws.judge.wire import Shape, Unreadable, read

SERVICES = (
    *(
        "acm",
        "application-autoscaling",
        "autoscaling",
        "cloudwatch",
        "ec2",
        "ecr",
        "ecs",
        "elbv2",
        "events",
        "iam",
    ),
    *("kms", "logs", "resourcegroupstaggingapi", "route53", "s3", "scheduler", "sns", "sqs", "wafv2"),
)
MOST_NESTED = 3
# S3 Express distinguishes it from ListBuckets by its host name.
ELSEWHERE = {"ListDirectoryBuckets"}
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def sample(shape: Shape, depth: int = 0) -> Any:
    """Return a value with every member down to a depth, None below it."""
    if shape.type_name == "structure":
        if depth >= MOST_NESTED or shape.is_document_type:
            return None
        members = {name: sample(each, depth + 1) for name, each in shape.members.items()}
        found = {name: value for name, value in members.items() if value is not None}
        return dict(list(found.items())[:1]) if shape.is_tagged_union else found or None
    if shape.type_name in ("list", "map"):
        inner = sample(shape.member if shape.type_name == "list" else shape.value, depth + 1)
        if inner is None:
            return None
        return [inner, inner] if shape.type_name == "list" else {sample(shape.key): inner}
    return {
        "blob": b"\x00blob",
        "boolean": True,
        "double": 1.5,
        "float": 1.5,
        "integer": 7,
        "long": 7,
        "string": shape.enum[0] if getattr(shape, "enum", None) else "a b",
        "timestamp": WHEN,
    }.get(shape.type_name)


def comparable(shape: Shape | None, value: Any) -> Any:
    """Leave out times, which each protocol writes in its own form, and headers that are JSON."""
    if shape is None or value is None:
        return None
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: comparable(shape.members[name], each) for name, each in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [comparable(shape.member, each) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: comparable(shape.value, each) for key, each in value.items()}
    if shape.type_name == "timestamp":
        return "when"
    if shape.type_name == "blob":
        return base64.b64encode(value) if isinstance(value, bytes) else str(value).encode()
    return value


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_read_as_it_was_written(service: str) -> None:
    """Name and parameters are equal, and nothing else is found."""
    described = model(service)
    wrong = []
    for name in described.operation_names:
        operation = described.operation_model(name)
        shape = operation.input_shape
        if (
            operation.deprecated
            or operation.has_event_stream_input
            or operation.endpoint
            or name in ELSEWHERE
        ):
            continue
        params = (sample(shape) if shape else {}) or {}
        call = read(request(service, name, params))
        expected, found = comparable(shape, params) or {}, comparable(shape, call.params) or {}
        if (call.operation, found, call.strange) != (name, expected, []):
            wrong.append((name, call.operation, found, expected, call.strange))
    assert not wrong, (len(wrong), wrong[:2])


def test_what_no_model_knows_is_told() -> None:
    """The message names an unknown service, operation or path."""
    recorded = {"caller": "a", "service": "ecs", "method": "POST", "path": "/", "body": "{}"}
    for changes, told in (
        ({"service": "nosuch"}, "nosuch"),
        ({"headers": {"x-amz-target": "X.MakeCoffee"}}, "MakeCoffee"),
        ({"service": "scheduler", "path": "/coffee"}, "/coffee"),
        ({"headers": {"x-amz-target": "X.ListClusters"}, "body": "{"}, "no JSON"),
    ):
        with pytest.raises(Unreadable, match=told):
            read({**recorded, **changes})


def test_members_that_the_model_lacks_are_kept_apart() -> None:
    """AWS refuses them, so they must not be dropped when a request is read."""
    recorded = {"caller": "a", "service": "ecs", "method": "POST", "path": "/", "status": 200}
    call = read(
        {**recorded, "headers": {"x-amz-target": "X.ListClusters"}, "body": '{"maxResults": 1, "moons": 2}'}
    )
    assert call.params == {"maxResults": 1}
    assert call.strange == ["moons"]
