"""What an inventory lists, and what makes a thing the environment's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Cuts `/ecs/films-dev/web` and what target tracking calls its alarms into names: a service's are
# `TargetTracking-service/films-dev/web-AlarmHigh-…`, a group of instances' `TargetTracking-films-dev-gpu-…`.
_CUTS = re.compile(r"[/:]|^TargetTracking-")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`arn` is the id where AWS has no ARN for such a thing."""

    service: str
    kind: str
    name: str
    arn: str

    @property
    def label(self) -> str:
        """Return what it is and what it is called, such as `ecs cluster films-dev`."""
        return f"{self.service} {self.kind} {self.name}"

    @property
    def is_data(self) -> bool:
        """Say whether it holds what no apply makes again: images, models, Terraform's state, logs."""
        return self.service in {"ecr", "s3", "logs"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One environment of one project. `tags_by_arn` is what the tagging API knows of the project's things.

    `zone_id` is the hosted zone that its `hosts` are named in, if it has one. `spared` are ARNs of what only
    has a name of ours, see `foreign_resources`, or was there before and is used; EC2's parts by their ids.
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
