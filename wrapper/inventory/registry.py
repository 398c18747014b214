"""Collectors of the registry's settings, by name: AWS has no tags for them."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope


@collects(Kind("ecr", "pull-through cache rule", types=("aws_ecr_pull_through_cache_rule",)))
def cache_rules(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.ecr.get_paginator("describe_pull_through_cache_rules").paginate():
        for item in page["pullThroughCacheRules"]:
            prefix = item.get("ecrRepositoryPrefix", "")
            if scope.owns(prefix):
                yield Resource(service="ecr", kind="pull-through cache rule", name=prefix, arn=prefix)


@collects(Kind("ecr", "replication rule", types=("aws_ecr_replication_configuration",)))
def replication_rules(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the rules that replicate the environment's repositories, by the repositories' prefix."""
    rules = aws.ecr.describe_registry().get("replicationConfiguration", {}).get("rules", [])
    for copied in (each["filter"] for rule in rules for each in rule.get("repositoryFilters", [])):
        if scope.owns(copied):
            yield Resource(service="ecr", kind="replication rule", name=copied, arn=copied)
