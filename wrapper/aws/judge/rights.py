"""The IAM requests of a call, by table.yaml: which actions, on which resources, with which context keys."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import jmespath
import yaml

from wrapper.aws.judge.wire import Call

_TABLE = Path(__file__).with_name("table.yaml")
_HOLE = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)?)\}")
_ID = re.compile(r"arn:aws:ssm:([\w-]+)::")
# EC2's ids begin with the kind of resource.
_KINDS = {
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_MADE = "0a1b2c3d"


class Unjudged(Exception):
    """The table has no row for a call, or none that its parameters fit."""


@dataclass(frozen=True)
class Asked:
    """What IAM checks before a call."""

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)
    source: str = ""

    def key(self) -> tuple[str, str, str]:
        return self.action, self.resource, repr(sorted(self.context.items()))


class Memory:
    """What a recording shows about itself: its account, its tags, and what later calls only name."""

    def __init__(self, calls: Iterable[Call], account: str) -> None:
        self.account = account
        self.tags: dict[str, str] = {}
        # Policies of queues and topics, by the last part of their ARNs.
        self.policies: dict[str, Any] = {}
        self._tasks: dict[str, dict[str, Any]] = {}
        self._templates: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, str] = {}
        for call in calls:
            self._learn(call)

    def _learn(self, call: Call) -> None:
        params = call.params
        self._learn_policy(params)
        if call.operation == "RegisterTaskDefinition":
            self._tasks[params.get("family", "")] = params
        elif call.operation in ("CreateLaunchTemplate", "CreateLaunchTemplateVersion"):
            self._templates[params.get("LaunchTemplateName", "")] = params.get("LaunchTemplateData") or {}
        elif call.operation == "AddRoleToInstanceProfile":
            self._roles[params.get("InstanceProfileName", "")] = params.get("RoleName", "")
        elif call.operation == "CreateVpc" or not self.tags:
            found = request_tags(jmespath.search("TagSpecifications[].Tags[] || Tags || tags", params))
            if {"project", "environment"} <= found.keys():
                self.tags = {
                    name: found[name] for name in ("project", "environment", "managed_by") if name in found
                }

    def _learn_policy(self, params: Mapping[str, Any]) -> None:
        attributes = params.get("Attributes")
        given = attributes.get("Policy") if isinstance(attributes, Mapping) else None
        if params.get("AttributeName") == "Policy":
            given = params.get("AttributeValue")
        owner = (
            params.get("QueueUrl") or params.get("QueueName") or params.get("TopicArn") or params.get("Name")
        )
        if given and owner:
            self.policies[re.split("[/:]", str(owner))[-1]] = json.loads(given)

    def known(self, call: Call) -> dict[str, Any]:
        """Return what a call's parameters only name, with the table's name for it."""
        found: dict[str, Any] = {"_region": call.region, "_account": self.account}
        if call.operation == "RunTask":
            name = str(call.params.get("taskDefinition", "")).rpartition("/")[2]
            family, _, revision = name.partition(":")
            found["_task"] = {**self._tasks.get(family, {}), "name": f"{family}:{revision or 1}"}
        if call.service == "autoscaling":
            template = next(iter(self._templates.values()), {})
            image = str(template.get("ImageId", ""))
            profile = jmespath.search("IamInstanceProfile.[Name, Arn][?@] | [0]", template) or ""
            parameter = image.partition("resolve:ssm:")[2]
            found["_template"] = {"parameter": parameter} if parameter else {}
            found["_profile_role"] = self._roles.get(profile.rpartition("/")[2])
        return found


@cache
def table() -> dict[str, Any]:
    """Return the whole table, by botocore's names of services."""
    found: dict[str, Any] = yaml.load(
        _TABLE.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return found


def rights(call: Call, memory: Memory) -> list[Asked]:
    """Return what IAM checks for a call; raises Unjudged."""
    service = table().get(call.service)
    if service is None:
        raise Unjudged(f"the table has no service {call.service}")
    prefix = service.get("prefix", call.service)
    if call.operation in service.get("everything", ()):
        return [Asked(f"{prefix}:{call.operation}", "*", source=service["source"])]
    rows = service.get("operations", {}).get(call.operation)
    if rows is None:
        raise Unjudged(f"the table has no row for {call.service} {call.operation}")
    scope = {**call.params, **memory.known(call)}
    found = [
        asked
        for row in rows
        for asked in _asked(_Row(row, service, prefix, call.operation), scope, memory.tags)
    ]
    if rows and not found:
        raise Unjudged(f"no row of {call.service} {call.operation} fits these parameters")
    return found


@dataclass(frozen=True)
class _Row:
    body: Mapping[str, Any]
    service: Mapping[str, Any]
    prefix: str
    operation: str

    @property
    def action(self) -> str:
        return str(self.body.get("action", f"{self.prefix}:{self.operation}"))

    @property
    def source(self) -> str:
        return str(self.body.get("source", self.service["source"]))

    def arns(self, pattern: str, scope: Mapping[str, Any]) -> Iterator[str]:
        [start] = _filled(self.service.get("arn", f"arn:aws:{self.prefix}:{{_region}}:{{_account}}:"), scope)
        for resource in _filled(pattern, scope):
            yield resource if resource == "*" or resource.startswith("arn:") else f"{start}{resource}"


def _asked(row: _Row, scope: Mapping[str, Any], own_tags: Mapping[str, str]) -> Iterator[Asked]:
    body = row.body
    if "if" in body and not jmespath.search(body["if"], scope):
        return
    tags = request_tags(jmespath.search(body["tags"], scope)) if "tags" in body else {}
    context = _keys(body.get("with", {}), scope)
    if tags:
        context |= {f"aws:RequestTag/{key}": value for key, value in tags.items()} | {
            "aws:TagKeys": sorted(tags)
        }
    known = own_tags if not (body.get("new") or body.get("untagged")) else {}
    context |= {f"aws:ResourceTag/{key}": value for key, value in known.items()}
    patterns = [body["of"]] if isinstance(body["of"], str) else body["of"]
    for resource in (found for pattern in patterns for found in row.arns(pattern, scope)):
        yield Asked(row.action, resource, context, row.source)
        if (
            tags
            and (body.get("new") or "tagged" in body)
            and "tag_on_create" in row.service
            and "action" not in body
        ):
            yield from _tagging(row, resource, context, scope)


def _tagging(
    row: _Row, resource: str, context: Mapping[str, Any], scope: Mapping[str, Any]
) -> Iterator[Asked]:
    """Return the check of tags: creating something with tags requires the permission to tag."""
    right = row.service["tag_on_create"]
    keys = {right["key"]: row.operation} if "key" in right else {}
    given = {key: value for key, value in context.items() if not key.startswith(row.prefix)}
    on = next(row.arns(row.body["tagged"], scope)) if "tagged" in row.body else resource
    yield Asked(right["action"], on, {**given, **keys}, right["source"])


def request_tags(found: Any) -> dict[str, str]:
    """Return tags of any form: a map, or a list of keys and values in any spelling."""
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    tags = {}
    for each in found or []:
        spelt = {name.lower().removeprefix("tag"): value for name, value in each.items()}
        if "key" in spelt:
            tags[str(spelt["key"])] = str(spelt.get("value", ""))
    return tags


def _keys(patterns: Mapping[str, str], scope: Mapping[str, Any]) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for key, pattern in patterns.items():
        values = list(_filled(pattern, scope))
        if values:
            found[key] = values if key == "aws:TagKeys" else values[0]
    return found


def _filled(pattern: str, scope: Mapping[str, Any]) -> Iterator[str]:
    """Return the pattern with every combination of its placeholders' values; none if one has no value."""
    holes = _HOLE.findall(pattern)
    for values in product(*(_values(hole, scope) for hole in holes)):
        rest = iter(values)
        yield _HOLE.sub(lambda _: next(rest), pattern)  # noqa: B023  (used at once)


def _values(hole: str, scope: Mapping[str, Any]) -> list[str]:
    expression, _, how = hole.partition("|") if "||" not in hole else (hole, "", "")
    found = jmespath.search(expression, scope)
    values = found if isinstance(found, list) else [found]
    change = _CHANGES[how] if how else _same
    return [change(str(value), scope) for value in values if value not in (None, "")]


def _same(value: str, scope: Mapping[str, Any]) -> str:
    return value


def _name(value: str, scope: Mapping[str, Any]) -> str:
    return value.rpartition("/")[2]


def _role(value: str, scope: Mapping[str, Any]) -> str:
    return value if value.startswith("arn:") else f"arn:aws:iam::{scope['_account']}:role/{value}"


def _named(kind: str, service: str) -> Any:
    def change(value: str, scope: Mapping[str, Any]) -> str:
        own = value if value.startswith("/") or kind != "parameter/" else f"/{value}"
        start = f"arn:aws:{service}:{scope['_region']}:{scope['_account']}:"
        return (
            value
            if value.startswith("arn:")
            else f"{start}{kind.rstrip('/') if own.startswith('/') else kind}{own}"
        )

    return change


def _resource(value: str, scope: Mapping[str, Any]) -> str:
    kind = _KINDS.get(value.rpartition("-")[0])
    if kind is None:
        raise Unjudged(f"the table knows no kind of EC2's resources for {value}")
    return f"{kind}/{value}"


def _cut(begin: str, end: str) -> Any:
    return lambda value, scope: value.replace(begin, end, 1)


_CHANGES: Mapping[str, Any] = {
    "group": lambda value, scope: value.removesuffix(":*"),
    "host": lambda value, scope: value.partition("//")[2].rstrip("/"),
    "key": lambda value, scope: value.lstrip("/").partition("?")[0],
    "listener": _cut(":loadbalancer/", ":listener/"),
    "name": _name,
    "parameter": _named("parameter/", "ssm"),
    "resource": _resource,
    "role": _role,
    "rule": _cut(":listener/", ":listener-rule/"),
    "secret": _named("secret:", "secretsmanager"),
    "topic": lambda value, scope: ":".join(value.split(":")[:6]),
}
