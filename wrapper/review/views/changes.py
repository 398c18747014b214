"""The plans' changes as lines, the most harmful first."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from wrapper.review.picture import State
from wrapper.terraform.plan import Action, Plan, ResourceChange

_ORDER = (
    Action.DELETE,
    Action.REPLACE,
    Action.UPDATE,
    Action.FORGET,
    Action.CREATE,
    Action.READ,
    Action.NO_OP,
)
SIGNS = {
    State.REMOVED: "−",
    State.REPLACED: "±",
    State.CHANGED: "~",
    State.NEW: "+",
    State.UNCHANGED: "=",
}
# If more resources than this are created or destroyed, the types are counted by module.
_FEW = 8


class Line(NamedTuple):
    """One line and what it is about."""

    action: Action
    text: str


def change_lines(plan: Plan, *, brief: bool) -> Iterator[Line]:
    """Yield every resource with its differences; `brief` counts many created or destroyed ones."""
    for action in _ORDER:
        resources = plan.by_action(action)
        if brief and action in (Action.CREATE, Action.DELETE) and len(resources) > _FEW:
            yield from _counted(action, resources)
        elif action is not Action.READ:
            for resource in resources:
                yield from (Line(action, text) for text in resource.lines())
    for output in plan.outputs if not brief else ():
        yield Line(output.action, str(output))


def _counted(action: Action, resources: tuple[ResourceChange, ...]) -> Iterator[Line]:
    sign = "+" if action is Action.CREATE else "-"
    modules = dict.fromkeys(resource.module for resource in resources)
    for module in modules:
        types = Counter(resource.type for resource in resources if resource.module == module)
        counted = ", ".join(kind if count == 1 else f"{count} {kind}" for kind, count in types.items())
        yield Line(action, f"{sign:>3} {module or 'root'}: {counted}")


def summary(plan: Plan) -> str:
    drift = f", {len(plan.drift)} changed outside Terraform" if plan.drift else ""
    return f"{plan.summary if plan.has_changes else 'no changes'}{drift}"
