"""Plans for the review's tests: stored ones of the real stacks, and small ones of a resource or two."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.sample import ENVIRONMENTS
from wrapper.environment import Environment, load
from wrapper.review import Circumstances, Finding
from wrapper.review.finding import Rule
from wrapper.terraform.plan import Plan, read_plan

PLANS = Path(__file__).parent / "plans"
NAMES = tuple(sorted(path.stem for path in PLANS.glob("*.json")))
Json = Any


@cache
def stored(name: str) -> Plan:
    """Read a stored plan; its stack is foundation or app."""
    stack = "foundation" if name.startswith("foundation") else "app"
    return read_plan(raw(name), stack=stack)


def raw(name: str) -> Json:
    return json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))


def environment(name: str = "staging") -> Environment:
    return load(name, directory=ENVIRONMENTS)


def change(kind: str, *actions: str, before: Json = None, after: Json = None, **more: Json) -> Json:
    """Return one entry of a plan's `resource_changes`; module and name may be given by keyword."""
    module = more.pop("module", "")
    address = f"{module}.{kind}.x" if module else f"{kind}.x"
    return {
        "address": address,
        "module_address": module,
        "type": kind,
        "name": "x",
        "change": {"actions": list(actions), "before": before, "after": after, **more},
    }


def created(kind: str, after: Json, **more: Json) -> Json:
    return change(kind, "create", after=after, **more)


def plan(*changes: Json, **document: Json) -> Plan:
    return read_plan({"resource_changes": list(changes), **document}, stack="app")


def found(rule: Rule, seen: Plan, *, disposable: bool = False) -> list[tuple[str, str]]:
    """Apply one rule; return levels and sentences."""
    return [(each.level.value, each.sentence) for each in findings(rule, seen, disposable=disposable)]


def findings(rule: Rule, seen: Plan, *, disposable: bool = False) -> list[Finding]:
    return list(rule(seen, Circumstances(disposable=disposable)))
