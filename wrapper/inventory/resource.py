"""What an inventory lists, and what makes a thing the environment's."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from wrapper.aws.client import Aws

# Cuts `/ecs/films-dev/web` and `TargetTracking-service/films-dev/web-AlarmHigh` into names.
_CUTS = re.compile(r"[/:]")
# What Terraform calls the kinds that take AWS time to remove.
_TERRAFORM_TYPES = {
    ("ec2", "NAT gateway"): "aws_nat_gateway",
    ("ec2", "VPC endpoint"): "aws_vpc_endpoint",
    ("ec2", "internet gateway"): "aws_internet_gateway",
    ("ec2", "security group"): "aws_security_group",
    ("ec2", "subnet"): "aws_subnet",
    ("ec2", "vpc"): "aws_vpc",
    ("ecs", "cluster"): "aws_ecs_cluster",
    ("ecs", "service"): "aws_ecs_service",
    ("elbv2", "load balancer"): "aws_lb",
    ("kms", "key"): "aws_kms_key",
    ("s3", "bucket"): "aws_s3_bucket",
}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`arn` is the id where AWS has no ARN for such a thing."""

    service: str
    kind: str
    name: str
    arn: str

    @property
    def is_data(self) -> bool:
        """Say whether it holds what no apply makes again: images, models, Terraform's state, logs."""
        return self.service in {"ecr", "s3", "logs"}

    @property
    def terraform_type(self) -> str | None:
        """Return what Terraform calls such a thing, if AWS takes its time to remove it."""
        return _TERRAFORM_TYPES.get((self.service, self.kind))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One environment of one project. `tags_by_arn` is what the tagging API knows of the project's things.

    `zone_id` is the hosted zone that its `hosts` are named in, if it has one. `spared` are ARNs of what was
    there before and is used: never ours, whatever its name or its tags say. EC2's parts stand there by id.
    """

    project: str
    environment: str
    tags_by_arn: Mapping[str, Mapping[str, str]]
    zone_id: str | None = None
    hosts: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()

    @property
    def prefix(self) -> str:
        return f"{self.project}-{self.environment}"

    def owns(self, name: str, *, arn: str = "", tags: Mapping[str, str] | None = None) -> bool:
        """Decide by the tags if there are any, else by the name.

        Only tags tell `films-dev` from `films-dev-2`, whose names begin alike.
        """
        if arn in self.spared:
            return False
        known = {**self.tags_by_arn.get(arn, {}), **(tags or {})}
        if "project" in known and "environment" in known:
            return self.has_tags(known)
        # What is called after a spared cluster, such as its log group, is no more ours than the cluster.
        clusters = {arn.rpartition("/")[2] for arn in self.spared if ":cluster/" in arn}
        return any(self._is_named(part) for part in _CUTS.split(name) if part not in clusters)

    def has_tags(self, tags: Mapping[str, str]) -> bool:
        return tags.get("project") == self.project and tags.get("environment") == self.environment

    def _is_named(self, part: str) -> bool:
        return part == self.prefix or part.startswith(f"{self.prefix}-")


Collector = Callable[[Aws, Scope], Iterator[Resource]]


def tags_of(pairs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Read AWS's lists of {Key, Value}."""
    return {str(pair["Key"]): str(pair["Value"]) for pair in pairs}
