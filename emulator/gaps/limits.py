"""AWS's limits that ministack lacks: on lists, tags, names, policies and schedules."""

import json
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from ministack.services import alb, ec2, ecr, ecs, iam, scheduler

from emulator.patching import wrap
from emulator.replies import Response, as_error

Data = Mapping[str, Any]
_MOST_TAGS = 50
_RESERVED = "aws:"


class _List(NamedTuple):
    """A call's list, and AWS's maximum of items in it."""

    handler: str
    key: str
    most: int


# By the API reference of Amazon ECS.
_LISTS = (
    _List("_describe_clusters", "clusters", 100),
    _List("_describe_services", "services", 10),
    _List("_describe_tasks", "tasks", 100),
    _List("_delete_task_definitions", "taskDefinitions", 10),
)


class _Name(NamedTuple):
    """A name in a call, and its pattern."""

    module: ModuleType
    handler: str
    key: str
    form: re.Pattern[str]


_BALANCER = re.compile(r"(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)")
_CLUSTER = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_REPOSITORY = re.compile(r"(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
_IAM = r"[\w+=,.@-]"
_NAMES = (
    _Name(alb, "_create_lb", "Name", _BALANCER),
    _Name(alb, "_create_tg", "Name", _BALANCER),
    _Name(ecr, "_create_repository", "repositoryName", _REPOSITORY),
    _Name(ecs, "_create_cluster", "clusterName", _CLUSTER),
    _Name(ecs, "_create_service", "serviceName", _CLUSTER),
    _Name(iam, "_create_role", "RoleName", re.compile(f"{_IAM}{{1,64}}", re.ASCII)),
    _Name(iam, "_create_policy", "PolicyName", re.compile(f"{_IAM}{{1,128}}", re.ASCII)),
)
# IAM does not count white space.
_DOCUMENTS = {
    "_create_role": ("AssumeRolePolicyDocument", 2048),
    "_create_policy": ("PolicyDocument", 6144),
    "_put_role_policy": ("PolicyDocument", 10240),
}


def long_lists() -> None:
    """Upstream describes and deletes any number of things in one call."""

    def limited(each: _List) -> None:
        def answer(original: Callable[..., Response], data: Data) -> Response:
            if len(data.get(each.key) or ()) > each.most:
                message = f"{each.key} can have at most {each.most} items."
                return as_error("InvalidParameterException", message)
            return original(data)

        wrap(ecs, each.handler, answer)

    for each in _LISTS:
        limited(each)


def many_tags() -> None:
    """Upstream stores any number of tags, and those with AWS's reserved prefix."""

    def create(original: Callable[..., Response], params: Data) -> Response:
        given = {tag["Key"] for tag in ec2._parse_tags(params)}
        if any(key.startswith(_RESERVED) for key in given):
            return _refused_by_ec2(
                "InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use"
            )
        for resource in ec2._parse_member_list(params, "ResourceId"):
            if len(given | {tag["Key"] for tag in ec2._tags.get(resource, [])}) > _MOST_TAGS:
                return _refused_by_ec2(
                    "TagLimitExceeded",
                    "You have reached the maximum number of tags allowed for the resource.",
                )
        return original(params)

    def tag(original: Callable[..., Response], data: Data) -> Response:
        there = ecs._tags.get(data.get("resourceArn", ""), [])
        keys = {each["key"] for each in (*there, *data.get("tags", []))}
        if len(keys) > _MOST_TAGS or any(key.startswith(_RESERVED) for key in keys):
            return as_error(
                "InvalidParameterException", "Tags can not exceed 50, nor begin with the prefix 'aws:'."
            )
        return original(data)

    wrap(ec2, "_create_tags", create)
    wrap(ecs, "_tag_resource", tag)


def other_names() -> None:
    """Upstream accepts names that are too long or have characters that AWS refuses."""

    def limited(each: _Name) -> None:
        def answer(original: Callable[..., Response], data: Data) -> Response:
            given = _value(each, data)
            if given is None or each.form.fullmatch(given):
                return original(data)
            return _refused(each.module, f"{each.key} must match {each.form.pattern}, got '{given}'.")

        wrap(each.module, each.handler, answer)

    for each in _NAMES:
        limited(each)


def long_policies() -> None:
    """Upstream accepts policies of any length, and trust policies that aren't JSON."""

    def limited(handler: str, key: str, most: int) -> None:
        def answer(original: Callable[..., Response], params: Data) -> Response:
            text = iam._p(params, key)
            try:
                json.loads(text)
            except ValueError:
                return _iam_error(400, "MalformedPolicyDocument", "This policy contains invalid Json")
            if len(re.sub(r"\s", "", text)) > most:
                return _iam_error(409, "LimitExceeded", f"Cannot exceed quota for PolicySize: {most}")
            return original(params)

        wrap(iam, handler, answer)

    for handler, (key, most) in _DOCUMENTS.items():
        limited(handler, key, most)


def schedule_forms() -> None:
    """Upstream's Scheduler accepts cron expressions with five fields, and unknown time zones."""

    def create(original: Callable[..., Response], name: str, body: Data) -> Response:
        zone = body.get("ScheduleExpressionTimezone") or "UTC"
        expression = body.get("ScheduleExpression") or ""
        cron = re.fullmatch(r"cron\((.*)\)", expression)
        if cron and len(cron[1].split()) != 6:
            return _no_schedule(f"Invalid Schedule Expression {expression}.")
        if zone not in available_timezones():
            return _no_schedule(f"Provided ScheduleExpressionTimezone {zone} is invalid.")
        return original(name, body)

    wrap(scheduler, "_create_schedule", create)
    wrap(scheduler, "_update_schedule", create)


def _value(name: _Name, data: Data) -> str | None:
    """Return a name from a form or from JSON; None if the call lets AWS choose it."""
    if name.module in (alb, iam):
        return name.module._p(data, name.key) or None
    return data.get(name.key) or None


def _refused(module: ModuleType, message: str) -> Response:
    if module is alb:
        response: Response = alb._error("ValidationError", message)
        return response
    if module is iam:
        return _iam_error(400, "ValidationError", message)
    return as_error("InvalidParameterException", message)


def _refused_by_ec2(code: str, message: str) -> Response:
    response: Response = ec2._error(code, message, 400)
    return response


def _iam_error(status: int, code: str, message: str) -> Response:
    response: Response = iam._error(status, code, message)
    return response


def _no_schedule(message: str) -> Response:
    response: Response = scheduler._error(400, "ValidationException", message)
    return response
