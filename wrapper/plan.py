"""A Terraform plan as data: what happens to which resource, what forces a replacement; secrets are masked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wrapper.planned_values import Json, Leaf, Mask, leaves, mask_unknown, merge_marks, path_text


class Action(StrEnum):
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    NO_OP = "no-op"


@dataclass(frozen=True, kw_only=True)
class AttributeChange:
    """Hold one leaf that differs; `path` is like `ingress[0].cidr_blocks`, absent values are None."""

    path: str
    before: Json
    after: Json
    forces_replacement: bool = False


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """Say what happens to one resource.

    `reason` is Terraform's, such as replace_because_cannot_update; `forced_by` names the attributes that
    force a replacement; with `create_first` the new one exists before the old one goes; a `moved` block
    sets `previous_address`.
    """

    address: str
    type: str
    name: str
    module: str
    key: str | int | None
    action: Action
    reason: str | None = None
    create_first: bool = False
    imported: bool = False
    previous_address: str | None = None
    forced_by: tuple[str, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutputChange:
    name: str
    action: Action
    before: Json
    after: Json


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """Hold the messages of a `check` block (or a condition) that does not hold; they never block a plan."""

    address: str
    messages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Hold a plan: `resources` is what would happen, `drift` what changed outside Terraform before.

    `resources` leaves out no-ops, unless the resource moves or is imported.
    """

    terraform_version: str
    resources: tuple[ResourceChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    failed_checks: tuple[FailedCheck, ...] = ()

    def by_action(self, action: Action) -> tuple[ResourceChange, ...]:
        return tuple(resource for resource in self.resources if resource.action is action)

    @property
    def replacements(self) -> tuple[ResourceChange, ...]:
        return self.by_action(Action.REPLACE)

    @property
    def has_changes(self) -> bool:
        return any(each.action is not Action.READ for each in self.resources) or bool(self.outputs)


def read_plan(document: Mapping[str, Json]) -> Plan:
    """Read what `terraform show -json PLANFILE` prints (format 1)."""
    resources = [_resource(change) for change in document.get("resource_changes", ())]
    outputs = [_output(name, change) for name, change in document.get("output_changes", {}).items()]
    return Plan(
        terraform_version=document["terraform_version"],
        resources=tuple(
            r for r in resources if r.action is not Action.NO_OP or r.previous_address or r.imported
        ),
        outputs=tuple(output for output in outputs if output.action is not Action.NO_OP),
        drift=tuple(_resource(change) for change in document.get("resource_drift", ())),
        failed_checks=tuple(_failed_checks(document)),
    )


def _resource(data: Mapping[str, Json]) -> ResourceChange:
    change = data["change"]
    forced_by = tuple(path_text(path) for path in change.get("replace_paths", ()))
    return ResourceChange(
        address=data["address"],
        type=data["type"],
        name=data["name"],
        module=data.get("module_address", ""),
        key=data.get("index"),
        action=_action(change["actions"]),
        reason=data.get("action_reason"),
        create_first=change["actions"] == ["create", "delete"],
        imported="importing" in change,
        previous_address=data.get("previous_address"),
        forced_by=forced_by,
        attributes=tuple(_attributes(change, forced_by)),
    )


def _action(actions: list[str]) -> Action:
    return Action.REPLACE if len(actions) == 2 else Action(actions[0])


def _output(name: str, change: Mapping[str, Json]) -> OutputChange:
    before, after = change.get("before"), mask_unknown(change.get("after"), change.get("after_unknown"))
    if change.get("before_sensitive") or change.get("after_sensitive"):
        before, after = (value if value is None else Mask.SENSITIVE for value in (before, after))
    return OutputChange(name=name, action=_action(change["actions"]), before=before, after=after)


def _attributes(change: Mapping[str, Json], forced_by: tuple[str, ...]) -> Iterator[AttributeChange]:
    sensitive = merge_marks(change.get("before_sensitive"), change.get("after_sensitive"))
    before = dict(leaves(change.get("before"), None, sensitive))
    after = dict(leaves(change.get("after"), change.get("after_unknown"), sensitive))
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path, Leaf()), after.get(path, Leaf())
        if old.raw != new.raw:
            forces = any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in forced_by)
            yield AttributeChange(path=path, before=old.shown, after=new.shown, forces_replacement=forces)


def _failed_checks(document: Mapping[str, Json]) -> Iterator[FailedCheck]:
    for check in document.get("checks", ()):
        problems = [problem for each in check.get("instances", ()) for problem in each.get("problems", ())]
        if check["status"] in ("fail", "error"):
            messages = tuple(problem["message"] for problem in problems)
            yield FailedCheck(address=check["address"]["to_display"], messages=messages)
