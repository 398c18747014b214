"""The tables of the modules' READMEs, from their own variables.tf and outputs.tf.

`python -m wrapper.terraform.reference` updates them; a test fails if they are not current.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from wrapper.environment import Alb, Cluster, Service, shape
from wrapper.environment.block import Block as Keys
from wrapper.terraform.constraint import Row, rows

MODULES = Path(__file__).parents[2] / "terraform" / "modules"
_MARK = "<!-- inputs and outputs: written by python -m wrapper.terraform.reference -->\n"
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
# The layout of terraform fmt: an argument begins a line with two spaces, and ends before the next one.
_ARGUMENT = re.compile(r"^  (\w+)\s+= (.*?)(?=^  \w|\Z)", re.MULTILINE | re.DOTALL)


class Meaning(NamedTuple):
    """Paths that begin like `beginning` are keys of the environment file `within` a block of this kind."""

    beginning: str
    kind: type[Keys]
    within: str = ""

    def of(self, path: str) -> str:
        """Return the file's own sentence, nothing without such a key."""
        if not path.startswith(self.beginning):
            return ""
        parts = re.split(r"\.|(?=\[)", f"{self.within}{path.removeprefix(self.beginning)}")
        *above, key = [0 if part == "[]" else part for part in parts]
        block = shape.at(self.kind, above)
        field = block.model_fields.get(key) if shape.is_block(block) else None
        return (field.description or "") if field else ""


_SERVICE = [Meaning("container.", Service), Meaning("platform.", Service), Meaning("", Service)]
_MEANINGS: Mapping[str, list[Meaning]] = {
    "alb": [Meaning("", Alb)],
    "ecs_cluster": [Meaning("", Cluster)],
    "ecs_service": [
        *(
            Meaning("rollout.slots.<name>.settings.", Service, within)
            for within in ("", "health.", "rollout.")
        ),
        Meaning("container.architecture", Service, "image.architecture"),
        *_SERVICE,
    ],
    "routes": [Meaning("routes.<name>.", Service, "route.")],
    "target_group": [Meaning("", Service)],
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A variable or an output; `arguments` are HCL as it is written."""

    kind: str
    name: str
    arguments: dict[str, str]

    @property
    def description(self) -> str:
        text = self.arguments["description"].strip('"')
        return text.replace('\\"', '"').replace("|", "\\|")


def updated(readme: str, module: Path) -> str:
    """Return a README with current tables in place of everything after the mark."""
    prose = readme.partition(_MARK)[0].rstrip()
    found = [block for path in sorted(module.glob("*.tf")) for block in blocks(path.read_text("utf-8"))]
    return f"{prose}\n\n{_MARK}\n" + "\n".join(_tables(found, _MEANINGS.get(module.name, [])))


def blocks(text: str) -> Iterator[Block]:
    """Read the variables and outputs of a file."""
    for kind, name, body in _BLOCK.findall(text):
        arguments = {argument: value.strip() for argument, value in _ARGUMENT.findall(body)}
        yield Block(kind=kind, name=name, arguments=arguments)


def _tables(found: list[Block], meanings: list["Meaning"]) -> Iterator[str]:
    variables = sorted((block for block in found if block.kind == "variable"), key=lambda block: block.name)
    outputs = sorted((block for block in found if block.kind == "output"), key=lambda block: block.name)
    inputs = [line for block in variables for line in _inputs(block, meanings)]
    yield _table("Inputs", "| name | type | default | what it is |\n|---|---|---|---|", inputs)
    lines = [f"| `{block.name}` | {block.description} |" for block in outputs]
    yield _table("Outputs", "| name | what it is |\n|---|---|", lines)


def _table(title: str, head: str, lines: list[str]) -> str:
    return "\n".join([f"### {title}", "", head, *lines, ""])


def _inputs(block: Block, meanings: list["Meaning"]) -> Iterator[str]:
    """Describe a variable in its first row, its attributes by their comments or by the key of the file."""
    top, *inner = rows(block.name, block.arguments["type"], block.arguments.get("default"))
    yield _input(top, block.description)
    for row in inner:
        told = row.comment or next(filter(None, (each.of(row.path) for each in meanings)), "")
        yield _input(row, told.replace("|", "\\|"))


def _input(row: Row, description: str) -> str:
    default = "required" if row.default is None else f"`{row.default}`"
    return f"| `{row.path}` | {row.type} | {default} | {description} |"


if __name__ == "__main__":
    for readme in sorted(MODULES.glob("*/README.md")):
        readme.write_text(updated(readme.read_text("utf-8"), readme.parent), "utf-8")
