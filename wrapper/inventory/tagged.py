"""The tagging API: the tags of all resources, and resources of kinds that no collector lists."""

import re
from collections.abc import Container, Iterator

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.environment import Environment
from wrapper.inventory.resource import Resource, Scope

_MARK = re.compile(r"([^:/]*)[:/](.*)", re.DOTALL)
# Services whose ARNs contain the name without a kind.
_ONLY_KINDS = {"s3": "bucket", "sns": "topic", "sqs": "queue"}


def scope_of(aws: Aws, *, project: str, environment: str, spared: frozenset[str] = frozenset()) -> Scope:
    """Return the environment's scope, with the tags of all resources of the project."""
    pages = aws.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "project", "Values": [project]}]
    )
    tags = {
        item.get("ResourceARN", ""): tags_of(item.get("Tags", []))
        for page in pages
        for item in page["ResourceTagMappingList"]
    }
    return Scope(project=project, environment=environment, tags_by_arn=tags, spared=spared)


def scope_in(aws: Aws, environment: Environment) -> Scope:
    """Return the scope of a declared environment, without the existing resources that it uses."""
    spared = environment.existing_arns
    return scope_of(aws, project=environment.project, environment=environment.name, spared=spared)


def of_other_kinds(scope: Scope, *, listed: Container[str]) -> Iterator[Resource]:
    """Yield tagged resources of kinds that no collector lists, such as a function that was added by hand.

    `listed` are the collectors' kinds. They are left out, since for hours the tagging API lists deleted ones.
    """
    for arn, tags in scope.tags_by_arn.items():
        service, kind, name = _parts(arn)
        if scope.has_tags(tags) and f"{service}:{kind}" not in listed:
            yield Resource(service=service, kind=kind, name=name, arn=arn)


def _parts(arn: str) -> tuple[str, str, str]:
    """Split `arn:aws:sns:eu-west-1:123456789012:alerts` into service, kind and name; some have no kind."""
    service, rest = arn.split(":", 5)[2], arn.split(":", 5)[5]
    found = _MARK.match(rest)
    if found is None:
        return service, _ONLY_KINDS.get(service, "resource"), rest
    return service, found[1], found[2]
