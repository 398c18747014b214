"""Reading a resource's planned values, which may be missing, unknown, sensitive or of another shape."""

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.terraform.plan import Action, Mask, Plan, ResourceChange

COMING = (Action.CREATE, Action.UPDATE, Action.REPLACE)
GOING = (Action.DELETE, Action.REPLACE)
# No real attribute is that large; beyond it, products and sums would overflow floats.
_LARGEST = 1e12


def of_type(plan: Plan, actions: tuple[Action, ...], *types: str) -> Iterator[ResourceChange]:
    return (resource for resource in plan.by_action(*actions) if resource.type in types)


def number(values: Mapping[str, Any] | None, name: str) -> float | None:
    """Return a number, also one that AWS writes as text, such as a task's cpu; None for an absurd one."""
    value = (values or {}).get(name)
    try:
        found = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and abs(found) <= _LARGEST else None


def items(value: Any) -> list[Any]:
    """Return a list, an empty one if the value is null or not known."""
    if value is None or isinstance(value, Mask):
        return []
    return value if isinstance(value, list) else [value]


def blocks(values: Mapping[str, Any] | None, name: str) -> list[Mapping[str, Any]]:
    """Return the nested blocks of a name."""
    return [block for block in items((values or {}).get(name)) if isinstance(block, dict)]


def target_group_weights(action: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the weight of each target group, by ARN, to which a listener's action forwards.

    It is None if it is not known.
    """
    groups = [group for each in blocks(action, "forward") for group in blocks(each, "target_group")]
    return {str(group.get("arn")): number(group, "weight") for group in groups}
