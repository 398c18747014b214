"""What has changed since a plan was saved, one sentence each."""

from collections.abc import Iterator, Mapping

from wrapper.delivery.saved.inputs import Origin
from wrapper.terraform.state import Position


def moved(then: Origin, now: Origin) -> Iterator[str]:
    """Compare the clones. A change of a file is reported once, by its narrowest name."""
    if then.commit != now.commit:
        yield f"the commit must be {_short(then.commit)}, got {_short(now.commit)}."
    names = list(dict.fromkeys([*then.inputs, *now.inputs]))
    changed = [name for name in names if then.inputs.get(name) != now.inputs.get(name)]
    for name in _narrowest(changed):
        yield f"{name} must be as it was{_overrides(then, now) if name == '--set' else ''}."
    for name in dict.fromkeys([*then.versions, *now.versions]):
        if then.versions.get(name) != now.versions.get(name):
            yield f"{name} must be {then.versions.get(name)}, got {now.versions.get(name)}."


def moved_states(then: Mapping[str, Position | None], now: Mapping[str, Position | None]) -> Iterator[str]:
    """Compare the positions of the states: another apply has changed them, or they are other states."""
    for stack, before in then.items():
        after = now.get(stack)
        if before == after:
            continue
        if before and after and before.lineage == after.lineage:
            yield (
                f"the state of {stack} must be at serial {before.serial}, got {after.serial}: "
                "something was applied since."
            )
        else:
            yield f"the state of {stack} must be {_state(before)}, got {_state(after)}."


def _narrowest(changed: list[str]) -> list[str]:
    """Leave out what follows from the rest: file → settings → variables."""
    follows = {"--set": "environments/", "uncommitted changes": "", "the variables of": ""}
    direct = [name for name in changed if not name.startswith(tuple(follows))]
    if any(name.startswith("environments/") for name in direct):
        return direct
    return [*direct, *(name for name in changed if name == "--set")] or changed


def _overrides(then: Origin, now: Origin) -> str:
    """Name the keys: if the keys are the same, a value differs, and neither value is shown."""
    if then.overrides == now.overrides:
        return f": another value of {', '.join(now.overrides)}" if now.overrides else ""
    old, new = (" ".join(f"--set {key}=…" for key in each.overrides) or "none" for each in (then, now))
    return f": {old}, got {new}"


def _short(commit: str | None) -> str:
    return commit[:12] if commit else "none"


def _state(position: Position | None) -> str:
    return f"{position.lineage} at serial {position.serial}" if position else "none"
