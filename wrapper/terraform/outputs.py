"""The outputs of the stacks, typed: `outputs.tf` of each stack under terraform/stacks.

Other outputs are ignored. A stack that lacks one of these, as after a failed apply, counts as never applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Repository:
    """An image repository; `url` is `<registry>/<name>`."""

    name: str
    arn: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Bucket:
    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """`repositories` are by service or job, for those whose image is built here."""

    model_bucket: Bucket
    repositories: Mapping[str, Repository] = field(default_factory=dict)

    def url_of(self, name: str) -> str:
        """Return the URL of a service's or job's repository; empty for an image that is not built here."""
        return self.repositories[name].url if name in self.repositories else ""

    def arn_of(self, name: str) -> str | None:
        """Return the ARN of a service's or job's repository; None for an image that is not built here."""
        return self.repositories[name].arn if name in self.repositories else None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One of a service's two slots, each with one version; the newest has that of the last plan."""

    service_name: str
    task_definition_arn: str
    target_group_arn: str
    is_newest: bool = True


@dataclass(frozen=True, kw_only=True)
class ServiceOutput:
    """`url` is the URL for the service's callers, with its scheme.

    The first three are those of the slot that gets most of the requests. `slots` are by name, none in a state
    from before slots; `rule_arns` are the listener rules that share requests among them, and `header` is the
    value of X-Slot that leads to the newest while there are two. `weights` are by target group, as in the
    rules now; empty with one slot. `declared_weight` is a variant's, in percent of its service's requests.
    """

    service_name: str
    task_definition_arn: str
    target_group_arn: str
    log_group_name: str
    url: str
    slots: Mapping[str, Slot] = field(default_factory=dict)
    rule_arns: tuple[str, ...] = ()
    header: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    declared_weight: int | None = None

    def share_of(self, slot: str) -> int:
        """Return the share of the requests that a slot gets, in whole percent."""
        total = sum(self.weights.get(each.target_group_arn, 0) for each in self.slots.values())
        if len(self.slots) == 1 or not total:
            return 100 if slot == self._heaviest else 0
        return round(100 * self.weights.get(self.slots[slot].target_group_arn, 0) / total)

    def weighed(self, weights: Mapping[str, int]) -> "ServiceOutput":
        """Return a copy with the values of the slot that gets most of the requests by these weights."""
        return replace(self, weights=weights)._fronted()

    def in_one_slot(self, slot: str) -> "ServiceOutput":
        """Return a copy with the values of this slot."""
        there = Slot(
            service_name=self.service_name,
            task_definition_arn=self.task_definition_arn,
            target_group_arn=self.target_group_arn,
        )
        return replace(self, slots={slot: there})

    @property
    def _heaviest(self) -> str:
        """Return the slot with most of the requests; of two equal ones the older."""
        by_group = {slot: self.weights.get(each.target_group_arn, 0) for slot, each in self.slots.items()}
        return min(self.slots, key=lambda slot: (-by_group[slot], self.slots[slot].is_newest))

    def _fronted(self) -> "ServiceOutput":
        return self.at(self._heaviest) if len(self.slots) > 1 else self

    def at(self, slot: str) -> "ServiceOutput":
        """Return a copy in which that slot is checked."""
        there = self.slots[slot]
        return replace(
            self,
            service_name=there.service_name,
            task_definition_arn=there.task_definition_arn,
            target_group_arn=there.target_group_arn,
        )

    @property
    def newest(self) -> str | None:
        """Return the slot with the version of the last plan; None if all have an earlier one."""
        return next((name for name, slot in self.slots.items() if slot.is_newest), None)


@dataclass(frozen=True, kw_only=True)
class JobNetwork:
    subnet_ids: tuple[str, ...]
    security_group_id: str
    assign_public_ip: bool


@dataclass(frozen=True, kw_only=True)
class JobOutput:
    task_definition_arn: str
    log_group_name: str
    network: JobNetwork


@dataclass(frozen=True, kw_only=True)
class App:
    """`url` is the load balancer's; `services` and `jobs` are by name."""

    url: str
    services: Mapping[str, ServiceOutput]
    jobs: Mapping[str, JobOutput] = field(default_factory=dict)

    @property
    def task_definitions(self) -> dict[str, str]:
        """Return the ARNs of the task definitions of the last apply, good or not, by service."""
        return {
            name: (service.at(service.newest) if service.newest else service).task_definition_arn
            for name, service in self.services.items()
        }


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """`roles` are the ARNs of the workflows' roles, by what they may do."""

    roles: Mapping[str, str]


def read_as(kind: type[T], outputs: Mapping[str, Any]) -> T | None:
    """Read a stack's outputs; None before its first apply, after a destroy, and if one is missing."""
    try:
        return TypeAdapter(kind).validate_python(outputs)
    except ValidationError:
        return None
