"""The rules of a `terraform/` tree as a root without any provider, which reports all broken rules at once.

It keeps variables, locals, outputs and the calls of the tree's own modules. Resources, data sources, modules
from elsewhere and functions of providers are removed: their values are unknown, and a rule about them holds.

A rule is a `validation` of a variable or a `precondition` of an output. Here each is an assertion of a
`check`, which only warns: an error would keep Terraform from everything that depends on the module.

Another root destroys a stack, without any rules.

The text is split where `terraform fmt` begins and ends a block, and not changed in between.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = "rules"
# Not known before an apply, and of any type: it has every attribute and every index.
UNKNOWN = "jsondecode(timestamp())"

_FILE = "rules.tf"
_KEPT = ("variable", "locals", "output", "module")
_PREFIXES = {"resource": "", "data": "data.", "ephemeral": "ephemeral.", "module": "module."}
_BLOCK = re.compile(
    r'^(?P<kind>\w+)(?: "(?P<label>[^"]*)")?(?: "(?P<name>[^"]*)")? \{(?:[^\n]*\}|\n.*?^\})\n',
    re.MULTILINE | re.DOTALL,
)
_RULE = re.compile(r"^  (?:validation|precondition) \{\n(.*?)^  \}\n", re.MULTILINE | re.DOTALL)
# The arguments that name resources and providers themselves, not their values.
_NAMES = re.compile(
    r"^  (?:depends_on|providers) += (?:[^\n]*[\]}]|[^\n]*[\[{]\n.*?^  [\]}])\n", re.MULTILINE | re.DOTALL
)
_DEFAULT = re.compile(r"^  default +=(.*?)(?=^  \w|^\})", re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r'^  source += "([^"]*)"', re.MULTILINE)
_VARIABLE = re.compile(r"\bvar\.(\w+)")
_FUNCTION = re.compile(r"\bprovider::\w+::\w+\(")


@dataclass(frozen=True)
class _Block:
    kind: str
    label: str
    name: str
    text: str

    @property
    def address(self) -> str:
        """Return its address inside its module."""
        return _PREFIXES[self.kind] + ".".join(filter(None, (self.label, self.name)))

    @property
    def default(self) -> str:
        found = _DEFAULT.search(self.text)
        return found[1].strip() if found else "null"

    @property
    def source(self) -> str:
        found = _SOURCE.search(self.text)
        return found[1] if found else ""


def write_rules(configuration: Path, target: Path) -> None:
    """Write the rules of a tree to `target`, replacing it, and a root that checks them all.

    The root takes the variables of each stack as one variable with the stack's name; a stack without it is
    not checked. It has the outputs of the stacks, as far as they are known without a provider.
    """
    strip(configuration, target)
    stacks = sorted(path.name for path in (target / "stacks").iterdir())
    calls = [_call(stack, (target / "stacks" / stack / _FILE).read_text("utf-8")) for stack in stacks]
    folder = target / "stacks" / ROOT
    folder.mkdir()
    (folder / "main.tf").write_text("\n".join(calls), "utf-8")


def values_of(tfvars: Mapping[str, str]) -> str:
    """Return that root's variables, from the text of each stack's terraform.tfvars."""
    return "".join(f"{stack} = {{\n{text}}}\n" for stack, text in tfvars.items())


def strip(configuration: Path, target: Path) -> None:
    """Write the rules of each folder below `configuration` to the same place below `target`, replacing it."""
    shutil.rmtree(target, ignore_errors=True)
    configuration = configuration.resolve()
    folders = {path.parent for path in configuration.rglob("*.tf") if ".terraform" not in path.parts}
    for folder in folders:
        blocks = [each for path in sorted(folder.glob("*.tf")) for each in _blocks(path.read_text("utf-8"))]
        file = target / folder.relative_to(configuration) / _FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(_kept(blocks, folder, configuration)), "utf-8")


def write_removal(configuration: Path, target: Path, stack: str) -> None:
    """Write a root to `target` that has only a stack's state and its providers.

    Terraform destroys what is in the state in the order of its dependencies. No rule, check or expression can
    prevent that, with any variables.
    """
    folder = configuration.resolve() / "stacks" / stack
    blocks = [each for path in sorted(folder.glob("*.tf")) for each in _blocks(path.read_text("utf-8"))]
    kept = [each for each in blocks if each.kind in ("terraform", "provider")]
    read = {name for each in kept for name in _VARIABLE.findall(each.text)}
    kept += [each for each in blocks if each.kind == "variable" and each.label in read]
    shutil.rmtree(target, ignore_errors=True)
    root = target / "stacks" / stack
    root.mkdir(parents=True)
    (root / "main.tf").write_text("\n".join(_RULE.sub("", each.text) for each in kept), "utf-8")
    lock = folder / ".terraform.lock.hcl"
    if lock.exists():
        shutil.copyfile(lock, root / lock.name)


def _blocks(text: str) -> Iterator[_Block]:
    for found in _BLOCK.finditer(text):
        yield _Block(found["kind"], found["label"] or "", found["name"] or "", found[0])


def _call(stack: str, text: str) -> str:
    inputs = "".join(
        f"  {block.label} = try(var.{stack}.{block.label}, {block.default})\n"
        for block in _blocks(text)
        if block.kind == "variable"
    )
    outputs = [
        f'\noutput "{stack}_{block.label}" {{\n  value = one(module.{stack}[*].{block.label})\n}}\n'
        for block in _blocks(text)
        if block.kind == "output"
    ]
    return (
        f'variable "{stack}" {{\n  default = null\n}}\n\n'
        f'module "{stack}" {{\n  source = "../{stack}"\n  count  = var.{stack} == null ? 0 : 1\n\n'
        f"{inputs}}}\n" + "".join(outputs)
    )


def _kept(blocks: Iterable[_Block], folder: Path, configuration: Path) -> Iterator[str]:
    """Yield what is kept of one module, with its rules as checks."""
    blocks = list(blocks)
    gone = [each for each in blocks if _is_unknown(each, folder, configuration)]
    unknown = re.compile(rf"(?<![\w.])(?:{'|'.join(re.escape(each.address) for each in gone) or '(?!)'})\b")
    for block in blocks:
        if block.kind in _KEPT and block not in gone:
            text = unknown.sub(UNKNOWN, _NAMES.sub("", block.text))
            text = _FUNCTION.sub(f"try({UNKNOWN}, ", text)
            yield _RULE.sub("", text)
            if rules := "\n".join(f"  assert {{\n{rule}  }}\n" for rule in _RULE.findall(text)):
                yield f'check "{block.kind}_{block.label}" {{\n{rules}}}\n'


def _is_unknown(block: _Block, folder: Path, configuration: Path) -> bool:
    """Return whether only a provider, or a module from elsewhere, knows the block's values."""
    if block.kind == "module":
        source = (folder / block.source).resolve()
        return not (block.source.startswith(".") and source.is_relative_to(configuration))
    return block.kind in _PREFIXES
