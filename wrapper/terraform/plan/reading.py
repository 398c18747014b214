"""From Terraform's plan JSON (`terraform show -json PLANFILE`, format 1) to a Plan."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from wrapper.terraform.plan.changes import (
    Action,
    AttributeChange,
    FailedCheck,
    OutputChange,
    Plan,
    ResourceChange,
)
from wrapper.terraform.plan.containers import environment_marks
from wrapper.terraform.plan.mirrors import narrowed, standing
from wrapper.terraform.plan.values import (
    Json,
    Leaf,
    Mask,
    is_inside,
    leaves,
    mask_unknown,
    masked,
    merge_marks,
    path_text,
)

# https://developer.hashicorp.com/terraform/internals/json-format: minor versions add, major ones break.
_FORMAT = "1"
# Parts of a plan about changes that nothing here reads.
_UNREAD = ("deferred_changes", "deferred_action_invocations", "action_invocations")

T = TypeVar("T")


def read_plan(document: Mapping[str, Json], *, stack: str) -> Plan:
    """Read a plan; secrets are masked here and do not appear in the result.

    What is not understood is left out and named in `Plan.skipped`: a plan of a newer Terraform never fails.
    """
    skipped = list(_strange(document))
    there = standing(document)

    def drifted(data: Json) -> ResourceChange | None:
        return narrowed(_resource(data), there)

    resources = _read_all(document, "resource_changes", _resource, skipped)
    outputs = _read_all(document, "output_changes", _output, skipped)
    checks = _read_all(document, "checks", _failed_check, skipped)
    return Plan(
        stack=stack,
        terraform_version=str(document.get("terraform_version", "")),
        resources=tuple(each for each in resources if _happens(each)),
        outputs=tuple(output for output in outputs if output.action is not Action.NO_OP),
        drift=tuple(each for each in _read_all(document, "resource_drift", drifted, skipped) if each),
        failed_checks=tuple(check for check in checks if check),
        unchanged=tuple(each for each in resources if not _happens(each)),
        skipped=tuple(skipped),
    )


def _happens(resource: ResourceChange) -> bool:
    return resource.action is not Action.NO_OP or bool(resource.previous_address) or resource.imported


def _strange(document: Mapping[str, Json]) -> Iterator[str]:
    version = str(document.get("format_version", _FORMAT))
    if version.split(".")[0] != _FORMAT:
        yield f"format_version should be {_FORMAT}.x, got {version}: what follows may be incomplete."
    for part in _UNREAD:
        if document.get(part):
            count = len(document[part]) if isinstance(document[part], list) else 1
            yield f"{part} were not read, {count} of them."
    if document.get("complete") is False:
        yield "the plan is not complete: Terraform needs another one after this."


def _read_all(
    document: Mapping[str, Json], part: str, read: Callable[[Json], T], skipped: list[str]
) -> list[T]:
    """Read each item of a part of the plan, or note which one could not be read."""
    items = document.get(part) or []
    if isinstance(items, dict):
        items = [{"name": name, "change": change} for name, change in items.items()]
    if not isinstance(items, list | tuple):
        skipped.append(f"{part} was not understood (no list).")
        return []
    found = []
    for position, item in enumerate(items):
        try:
            found.append(read(item))
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            skipped.append(f"{part}: {_name(item, position)} was not understood ({_reason(error)}).")
    return found


def _name(item: Json, position: int) -> str:
    named = item if isinstance(item, dict) else {}
    return str(named.get("address") or named.get("name") or f"item {position}")


def _reason(error: Exception) -> str:
    """Return what was missing, or only the kind of problem: a library's message could quote a secret."""
    return f"no {error.args[0]}" if isinstance(error, KeyError) and error.args else type(error).__name__


def _resource(data: Mapping[str, Json]) -> ResourceChange:
    change = data["change"]
    action = _action(change["actions"])
    forced_by = tuple(path_text(path) for path in change.get("replace_paths", ()))
    before, after, unknown = change.get("before"), change.get("after"), change.get("after_unknown")
    # Values that either side marks as sensitive are masked on both, or the old value of a new secret would
    # show.
    sensitive = merge_marks(change.get("before_sensitive"), change.get("after_sensitive"))
    sensitive = merge_marks(sensitive, merge_marks(environment_marks(before), environment_marks(after)))
    return ResourceChange(
        address=str(data["address"]),
        type=str(data["type"]),
        name=str(data["name"]),
        module=_text(data.get("module_address")) or "",
        key=_key(data.get("index")),
        action=action,
        reason=_text(data.get("action_reason")),
        create_first=change["actions"] == ["create", "delete"],
        imported="importing" in change,
        previous_address=_text(data.get("previous_address")),
        forced_by=forced_by,
        attributes=tuple(_attributes(before, after, unknown, sensitive, forced_by)),
        before=_values(before, None, sensitive),
        after=_values(after, unknown, sensitive),
    )


def _key(index: Json) -> str | int | None:
    """Return the key of a `for_each` or the number of a `count`."""
    return index if isinstance(index, int) and not isinstance(index, bool) else _text(index)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _values(value: Json, unknown: Json, sensitive: Json) -> dict[str, Json] | None:
    if not value and not unknown:
        return None
    shown = masked(value, unknown, sensitive)
    return shown if isinstance(shown, dict) else {}


def _action(actions: list[str]) -> Action:
    """Return the action of one verb, or of the two of a replacement in their order."""
    return Action.REPLACE if len(actions) == 2 else Action(actions[0])


def _output(data: Mapping[str, Json]) -> OutputChange:
    change = data["change"]
    before = mask_unknown(change.get("before"), None)
    after = mask_unknown(change.get("after"), change.get("after_unknown"))
    if change.get("before_sensitive") or change.get("after_sensitive"):
        before, after = (value if value is None else Mask.SENSITIVE for value in (before, after))
    return OutputChange(name=str(data["name"]), action=_action(change["actions"]), before=before, after=after)


def _attributes(
    before: Json, after: Json, unknown: Json, sensitive: Json, forced_by: tuple[str, ...]
) -> Iterator[AttributeChange]:
    old_leaves = dict(leaves(before, None, sensitive))
    new_leaves = dict(leaves(after, unknown, sensitive))
    holes = [path for path, leaf in new_leaves.items() if leaf.raw is Mask.UNKNOWN]
    for path in sorted(old_leaves.keys() | new_leaves.keys()):
        old, new = old_leaves.get(path, Leaf()), new_leaves.get(path, Leaf())
        # Providers keep an empty text for what is not set.
        is_nothing = not any(raw not in (None, "") for raw in (old.raw, new.raw))
        if old.raw != new.raw and not is_nothing and not is_inside(path, holes):
            forces = path in forced_by or is_inside(path, forced_by)
            yield AttributeChange(path=path, before=old.shown, after=new.shown, forces_replacement=forces)


def _failed_check(check: Mapping[str, Json]) -> FailedCheck | None:
    problems = [problem for each in check.get("instances", ()) for problem in each.get("problems", ())]
    if check["status"] not in ("fail", "error"):
        return None
    messages = tuple(str(problem["message"]) for problem in problems)
    return FailedCheck(address=str(check["address"]["to_display"]), messages=messages)
