"""Which services a plan gives another model version, and how the answers of the two differ."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from wrapper.environment.release import ModelVersion
from wrapper.model.diff import Comparison
from wrapper.review.values import blocks
from wrapper.terraform.plan import Action, Plan, ResourceChange


class Told(NamedTuple):
    """The model that a container has to serve: its place, s3://…/<name>/<version>, and its identity."""

    uri: str
    version: ModelVersion


@dataclass(frozen=True, kw_only=True)
class Swap:
    """A task definition with another model version than before."""

    service: str
    address: str
    old: Told
    new: Told


@dataclass(frozen=True, kw_only=True)
class ModelChange:
    """The effect of a swap on callers: a comparison, or in `unread` the reason why there is none."""

    swap: Swap
    comparison: Comparison | None = None
    unread: str = ""

    @property
    def labels(self) -> str:
        return f"{self.swap.old.version.label} → {self.swap.new.version.label}"

    def as_json(self) -> dict[str, Any]:
        return {
            "service": self.swap.service,
            "address": self.swap.address,
            "old": asdict(self.swap.old.version),
            "new": asdict(self.swap.new.version),
            "unread": self.unread or None,
            "comparison": self.comparison.as_json() if self.comparison else None,
        }


def swaps(plans: Iterable[Plan]) -> Iterator[Swap]:
    """Find the swaps in the containers' environment; a follower's has no version."""
    for plan in plans:
        for resource in plan.by_action(Action.REPLACE, Action.UPDATE):
            if resource.type == "aws_ecs_task_definition":
                yield from _swaps(resource)


def _swaps(resource: ResourceChange) -> Iterator[Swap]:
    before = dict(_told(resource.before))
    for service, new in _told(resource.after):
        old = before.get(service)
        if old and old.version != new.version:
            yield Swap(service=service, address=resource.address, old=old, new=new)


def _told(values: Any) -> Iterator[tuple[str, Told]]:
    for container in blocks(values, "container_definitions"):
        variables = {each.get("name"): each.get("value") for each in blocks(container, "environment")}
        uri, sha256 = variables.get("MODEL_URI"), variables.get("MODEL_SHA256")
        if isinstance(uri, str) and isinstance(sha256, str) and uri.count("/") > 1:
            name, version = uri.rstrip("/").split("/")[-2:]
            told = Told(uri, ModelVersion(name=name, version=version, sha256=sha256))
            yield str(container.get("name")), told
