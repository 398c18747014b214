"""What the tagging API knows: whose things are, and things of kinds that no collector lists."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.resource import Resource, Scope, tags_of

# The collectors decide about these: the tagging API still tells of things deleted hours ago.
_LISTED_SERVICES = {
    *(
        "acm",
        "application-autoscaling",
        "cloudwatch",
        "ecr",
        "ecs",
        "events",
        "elasticloadbalancing",
        "iam",
        "kms",
        "logs",
        "s3",
        "scheduler",
        "sqs",
        "wafv2",
    ),
    "sns",
}
_LISTED_EC2 = {
    *("vpc", "subnet", "security-group", "security-group-rule", "internet-gateway", "natgateway"),
    *("elastic-ip", "route-table", "network-interface", "vpc-endpoint", "vpc-flow-log"),
}


def scope_of(aws: Aws, *, project: str, environment: str, spared: frozenset[str] = frozenset()) -> Scope:
    """Ask for the tags of everything of the project, so that its other environments are told apart."""
    pages = aws.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "project", "Values": [project]}]
    )
    tags = {
        item.get("ResourceARN", ""): tags_of(item.get("Tags", []))
        for page in pages
        for item in page["ResourceTagMappingList"]
    }
    return Scope(project=project, environment=environment, tags_by_arn=tags, spared=spared)


def strangers(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List tagged things of kinds that the stacks don't make, such as a topic that somebody added by hand."""
    for arn, tags in scope.tags_by_arn.items():
        service, kind, name = _parts(arn)
        if scope.has_tags(tags) and not _is_listed(service, kind):
            yield Resource(service=service, kind=kind, name=name, arn=arn)


def _is_listed(service: str, kind: str) -> bool:
    return service in _LISTED_SERVICES or (service == "ec2" and kind in _LISTED_EC2)


def _parts(arn: str) -> tuple[str, str, str]:
    """Split `arn:aws:sns:eu-west-1:123456789012:alerts` into service, kind and name; not all tell a kind."""
    service, rest = arn.split(":", 5)[2], arn.split(":", 5)[5]
    for mark in ("/", ":"):
        kind, found, name = rest.partition(mark)
        if found:
            return service, kind, name
    return service, "resource", rest
