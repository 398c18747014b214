"""A resource in an inventory, and the rule by which it belongs to an environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Splits `/ecs/films-dev/web` and the names of target tracking's alarms: for a service
# `TargetTracking-service/films-dev/web-AlarmHigh-…`, for an Auto Scaling group
# `TargetTracking-films-dev-gpu-…`.
_CUTS = re.compile(r"[/:]|^TargetTracking-")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource; `arn` is its id if AWS has no ARN for this kind."""

    service: str
    kind: str
    name: str
    arn: str

    @property
    def label(self) -> str:
        """The kind and the name, such as `ecs cluster films-dev`."""
        return f"{self.service} {self.kind} {self.name}"

    @property
    def is_data(self) -> bool:
        """Whether it contains what an apply can't create again: images, models, Terraform's state, logs."""
        return self.service in {"ecr", "s3", "logs"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One environment of one project. `tags_by_arn` is what the tagging API lists of the project.

    `zone_id` is the hosted zone of its `hosts`, if it has one. `spared` are ARNs (of EC2's resources the ids)
    that don't belong to it: foreign ones, see `foreign_resources`, and existing ones that it uses.
    """

    project: str
    environment: str
    tags_by_arn: Mapping[str, Mapping[str, str]]
    zone_id: str | None = None
    hosts: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()

    @property
    def prefix(self) -> str:
        """The prefix of all names in the environment."""
        return f"{self.project}-{self.environment}"

    def owns(self, name: str, *, arn: str = "", tags: Mapping[str, str] | None = None) -> bool:
        """Return whether a resource belongs to the environment: by its tags if it has any, else by its name.

        Only tags distinguish `films-dev` from `films-dev-2`, which has the same prefix.
        """
        if arn in self.spared:
            return False
        known = {**self.tags_by_arn.get(arn, {}), **(tags or {})}
        if "project" in known and "environment" in known:
            return self.has_tags(known)
        # A resource that is named after a spared cluster, such as its log group, does not belong to it
        # either.
        clusters = {arn.rpartition("/")[2] for arn in self.spared if ":cluster/" in arn}
        return any(self._is_named(part) for part in _CUTS.split(name) if part not in clusters)

    def has_tags(self, tags: Mapping[str, str]) -> bool:
        """Return whether the tags name this project and this environment."""
        return tags.get("project") == self.project and tags.get("environment") == self.environment

    def _is_named(self, part: str) -> bool:
        return part == self.prefix or part.startswith(f"{self.prefix}-")
