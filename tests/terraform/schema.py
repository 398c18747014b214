"""What `terraform/` uses of the AWS provider, and what a release of the provider has.

The second is read from a wheel of `cdktn-provider-aws`, bindings that are generated from its schema. Only its
text is read: nothing of it is run or installed.

    python -m tests.terraform.schema WHEEL [--write]

This compares the wheel with the committed table, or writes the table again.
"""

import ast
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("provider6.json")
PACKAGE = "cdktn_provider_aws"

# By type its arguments, those of blocks as `block.argument`, and the attributes that are read.
Used = Mapping[str, set[str]]

# Arguments of every block, of Terraform's own.
_META = {"count", "depends_on", "for_each", "lifecycle", "provider", "source"}
_HEAD = re.compile(r'^(resource|data) "(aws_\w+)" "\w+" \{$')
_BLOCK = re.compile(r'^\s+(?:dynamic "(?P<dynamic>\w+)"|(?P<plain>\w+)) \{$')
_EMPTY = re.compile(r"^\s+(\w+) \{\}$")
_ARGUMENT = re.compile(r"^\s+(\w+)\s+= (.*)$")
_READ = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.\w+(?:\[[^]]*\])*\.([a-z_]\w*)")
_LOOP = re.compile(r"for (?:\w+, )?(\w+) in (data\.)?(aws_\w+)\.\w+ :(.{0,200})", re.DOTALL)


def texts(folder: Path = ROOT / "terraform") -> Iterator[str]:
    """Yield each file once: the modules share files by links."""
    for path in sorted(folder.rglob("*.tf")):
        if not path.is_symlink() and ".terraform" not in path.parts:
            yield path.read_text("utf-8")


def arguments(files: Iterable[str]) -> Used:
    """Return the arguments of each type, in the layout of `terraform fmt`; data sources are `data.aws_…`."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in files:
        lines = iter(text.splitlines())
        for line in lines:
            if head := _HEAD.match(line):
                kind = head[2] if head[1] == "resource" else f"data.{head[2]}"
                found[kind] |= set(_arguments(lines))
    return found


def _arguments(lines: Iterator[str]) -> Iterator[str]:
    """Yield the paths of a block's arguments and of its blocks, up to its end."""
    path: list[str | None] = []  # None is a level that is not in the schema
    for line in lines:
        if line == "}":
            return
        if line.strip() == "}":
            path.pop()
        elif block := _BLOCK.match(line):
            name = block["dynamic"] or block["plain"]
            path.append(None if name == "content" or name in _META else name)
            if path[-1]:
                yield ".".join(filter(None, path))
        elif empty := _EMPTY.match(line):
            yield ".".join([*filter(None, path), empty[1]])
        elif argument := _ARGUMENT.match(line):
            if argument[1] not in _META and not _is_meta(line, path):
                yield ".".join([*filter(None, path), argument[1]])
            _skip_value(argument[2], lines)


def _is_meta(line: str, path: list[str | None]) -> bool:
    """Return whether an argument is Terraform's: of `lifecycle`, or of a dynamic block itself."""
    return path[-1:] == [None] and bool(
        re.match(r"^\s+(create_before_destroy|prevent_destroy|condition|error_message)\b", line)
    )


def _skip_value(text: str, lines: Iterator[str]) -> None:
    """Move to the end of a value that has more than one line."""
    depth = _depth(text)
    while depth > 0:
        depth += _depth(next(lines))


def _depth(text: str) -> int:
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text.partition(" # ")[0])
    return sum(bare.count(each) for each in "([{") - sum(bare.count(each) for each in ")]}")


def attributes(files: Iterable[str]) -> Used:
    """Return the attributes that are read of each type, directly or in a loop."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in files:
        for data, kind, name in _READ.findall(text):
            found[f"{data}{kind}"].add(name)
        for variable, data, kind, rest in _LOOP.findall(text):
            found[f"{data}{kind}"] |= set(re.findall(rf"\b{variable}\.([a-z_]\w*)", rest))
    return found


class Wheel:
    """The provider's schema, read from the bindings in a wheel."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        metadata = next(name for name in self._archive.namelist() if name.endswith("/METADATA"))
        self.version = re.findall(r"provider version ([0-9.]+)", self._archive.read(metadata).decode())[0]

    def schema(self, kind: str) -> dict[str, Any]:
        """Return a type's arguments (of blocks as `block.argument`), required ones, and attributes."""
        folder = kind.replace("data.aws_", "data_aws_").removeprefix("aws_")
        text = self._archive.read(f"{PACKAGE}/{folder}/__init__.py").decode()
        classes = {each.name: each for each in ast.parse(text).body if isinstance(each, ast.ClassDef)}
        [own] = [
            each for each in classes.values() if _has_base(each, "TerraformResource", "TerraformDataSource")
        ]
        [config] = [each for each in classes.values() if _has_base(each, "TerraformMetaArguments")]
        known, needed = set[str](), set[str]()
        _walk(config, classes, (), known, needed)
        read = {each.name for each in _properties(own) if not each.name.endswith("_input")}
        return {"arguments": sorted(known), "required": sorted(needed), "attributes": sorted(read)}


def _has_base(block: ast.ClassDef, *names: str) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] in names for base in block.bases)


def _walk(
    block: ast.ClassDef,
    classes: Mapping[str, ast.ClassDef],
    path: tuple[str, ...],
    known: set[str],
    needed: set[str],
) -> None:
    """Collect a block's arguments; one with a class of its own is a block, and collected in turn."""
    for each in _properties(block):
        name = each.name.rstrip("_")
        here = (*path, name)
        if name in _META or name in ("connection", "provisioners"):
            continue
        known.add(".".join(here))
        told = ast.unparse(each.returns) if each.returns else ""
        if "typing.Any" in told:  # the schema is deeper than the bindings
            known.add(".".join([*here, "*"]))
        if not told.startswith("typing.Optional"):
            needed.add(".".join(here))
        for inner in set(re.findall(r"\w+", told)) & classes.keys():
            if inner != block.name and not inner.endswith(("OutputReference", "List", "Map")):
                _walk(classes[inner], classes, here, known, needed)


def _properties(block: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for each in block.body:
        if isinstance(each, ast.FunctionDef) and any(
            "property" in ast.unparse(it) for it in each.decorator_list
        ):
            yield each


def table(wheel: Wheel, kinds: Iterable[str]) -> dict[str, Any]:
    return {"provider": wheel.version, "types": {kind: wheel.schema(kind) for kind in sorted(kinds)}}


def _written(found: Mapping[str, Any]) -> str:
    """Return a line for each type, so that a diff shows the changed type."""
    types = ",\n".join(f"{json.dumps(kind)}: {json.dumps(schema)}" for kind, schema in found["types"].items())
    return f'{{"provider": {json.dumps(found["provider"])}, "types": {{\n{types}\n}}}}\n'


def main() -> None:
    files = list(texts())
    found = table(Wheel(Path(sys.argv[1])), arguments(files).keys() | attributes(files).keys())
    if "--write" in sys.argv:
        TABLE.write_text(_written(found), "utf-8")
    elif found != json.loads(TABLE.read_text("utf-8")):
        sys.exit(
            f"error: {TABLE.name} must be what provider {found['provider']} has: make provider6 ARGS=--write"
        )
    print(f"provider {found['provider']}: {len(found['types'])} types")


if __name__ == "__main__":
    main()
