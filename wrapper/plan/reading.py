"""From Terraform's plan JSON (`terraform show -json PLANFILE`, format 1) to a Plan."""

from collections.abc import Iterator, Mapping

from wrapper.plan.changes import (
    Action,
    AttributeChange,
    FailedCheck,
    OutputChange,
    Plan,
    ResourceChange,
)
from wrapper.plan.values import Json, Leaf, Mask, is_inside, leaves, mask_unknown, merge_marks, path_text


def read_plan(document: Mapping[str, Json], *, stack: str) -> Plan:
    """Read a plan; secrets are masked here and leave no trace in the result."""
    resources = [_resource(change) for change in document.get("resource_changes", ())]
    outputs = [_output(name, change) for name, change in document.get("output_changes", {}).items()]
    return Plan(
        stack=stack,
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
    """Read one verb, or the two of a replacement in the order in which they happen."""
    return Action.REPLACE if len(actions) == 2 else Action(actions[0])


def _output(name: str, change: Mapping[str, Json]) -> OutputChange:
    before, after = change.get("before"), mask_unknown(change.get("after"), change.get("after_unknown"))
    if change.get("before_sensitive") or change.get("after_sensitive"):
        before, after = (value if value is None else Mask.SENSITIVE for value in (before, after))
    return OutputChange(name=name, action=_action(change["actions"]), before=before, after=after)


def _attributes(change: Mapping[str, Json], forced_by: tuple[str, ...]) -> Iterator[AttributeChange]:
    # What either side calls sensitive is masked on both, or the old value of a new secret would show.
    sensitive = merge_marks(change.get("before_sensitive"), change.get("after_sensitive"))
    before = dict(leaves(change.get("before"), None, sensitive))
    after = dict(leaves(change.get("after"), change.get("after_unknown"), sensitive))
    unknown = [path for path, leaf in after.items() if leaf.raw is Mask.UNKNOWN]
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path, Leaf()), after.get(path, Leaf())
        if old.raw != new.raw and not is_inside(path, unknown):
            forces = path in forced_by or is_inside(path, forced_by)
            yield AttributeChange(path=path, before=old.shown, after=new.shown, forces_replacement=forces)


def _failed_checks(document: Mapping[str, Json]) -> Iterator[FailedCheck]:
    for check in document.get("checks", ()):
        problems = [problem for each in check.get("instances", ()) for problem in each.get("problems", ())]
        if check["status"] in ("fail", "error"):
            messages = tuple(problem["message"] for problem in problems)
            yield FailedCheck(address=check["address"]["to_display"], messages=messages)
