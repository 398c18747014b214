"""Conventions of every stack and module, checked by reading the files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.terraform.roots import TERRAFORM, rule_files
from tests.terraform.test_rejections import FOUNDATION_SENTENCES, ROWS, STACK_ROWS

FOLDERS = sorted(path.parent for path in TERRAFORM.glob("*/*/terraform.tf"))
MODULES = [folder for folder in FOLDERS if folder.parent.name == "modules"]
STACKS = [folder for folder in FOLDERS if folder.parent.name == "stacks"]
BLOCK = re.compile(r'^(\w+) (?:"[^"]+" )*\{\n.*?^\}', re.MULTILINE | re.DOTALL)
NAMED = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
# A message is a string, several joined by blanks, a format of either, or lines of them.
MESSAGE = re.compile(r"^ +error_message\s+= (.*?)\n +\}", re.MULTILINE | re.DOTALL)
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
FIRST_STRINGS = re.compile(rf'join\(" ", \[\s*({STRING.pattern},?\s*)+\]\)|{STRING.pattern}')
INTERPOLATION = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def text(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))


@each_folder
def test_variables_and_outputs_are_described(folder: Path) -> None:
    """Each has a description, and each variable says whether it may be null."""
    for kind, name, body in NAMED.findall(text(folder)):
        assert re.search(r'^  description = ".+\."$', body, re.MULTILINE), name
        if kind == "variable":
            assert re.search(r"^  type\s+=", body, re.MULTILINE), name
            assert re.search(r"^  nullable\s+=", body, re.MULTILINE), name


@each_folder
def test_variables_and_outputs_are_alphabetical(folder: Path) -> None:
    """A reader finds them like words in a dictionary."""
    for path in folder.glob("*.tf"):
        for kind in ("variable", "output"):
            names = [name for each, name, _ in NAMED.findall(path.read_text()) if each == kind]
            assert names == sorted(names), path.name


@each_folder
def test_blocks_are_short(folder: Path) -> None:
    """A block fits on a screen, except variables with many rules, and what AWS makes long."""
    longest = {"aws_ecs_service": 80, "aws_lb_listener_rule": 60, "aws_wafv2_web_acl": 80}
    for match in BLOCK.finditer(text(folder)):
        first = match[0].partition("\n")[0]
        if match[1] != "variable":
            kind = first.split('"')[1] if match[1] == "resource" else ""
            assert match[0].count("\n") < longest.get(kind, 50), first


@each_folder
def test_nothing_looks_anything_up(folder: Path) -> None:
    """Plans depend on inputs alone, and no change is hidden from them."""
    code = text(folder)
    assert set(re.findall(r'^data "(\w+)"', code, re.MULTILINE)) <= {"aws_iam_policy_document"}
    for unwanted in ("ignore_changes", "null_resource", "local-exec", "terraform_remote_state"):
        assert unwanted not in code


def test_only_what_can_stand_twice_is_created_before_it_is_destroyed() -> None:
    """create_before_destroy applies to all that a resource depends on, but a name can exist only once."""
    files = {path for path in TERRAFORM.glob("*/*/*.tf") if "create_before_destroy" in path.read_text()}
    assert {f"{path.parent.name}/{path.name}" for path in files} == {
        "certificate/certificate.tf",
        "target_group/target_group.tf",
        "vpc/subnets.tf",
    }


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_modules_have_few_variables(folder: Path) -> None:
    """There are few, nested inputs."""
    assert len(re.findall(r'^variable "', text(folder), re.MULTILINE)) <= 8


def test_the_architecture_names_every_module() -> None:
    """Its table of places lists each of them."""
    page = (TERRAFORM.parent / "docs" / "architecture.md").read_text()
    [row] = [line for line in page.splitlines() if "| `terraform/modules/`" in line]
    assert set(re.findall(r"`(\w+)`", row)) == {module.name for module in MODULES}


@each_folder
def test_shared_files_stand_once(folder: Path) -> None:
    """A file that several stacks or modules need is one file and links to it."""
    shared = {path.name: path for path in (TERRAFORM / "shared").iterdir()}
    for path in folder.glob("*.tf"):
        assert path.is_symlink() == (path.name in shared and not _is_module_of_its_own(path)), path
        if path.is_symlink():
            assert path.resolve() == shared[path.name]


def _is_module_of_its_own(path: Path) -> bool:
    """Return whether a module may be used alone, with its own requirements of Terraform and provider."""
    return path.name == "terraform.tf" and path.parent in MODULES


def test_shared_files_are_used() -> None:
    """At least two folders have a link to each."""
    for path in (TERRAFORM / "shared").iterdir():
        assert sum((folder / path.name).is_symlink() for folder in FOLDERS) >= 2, path.name


@each_folder
def test_rules_need_no_provider(folder: Path) -> None:
    """The rules are in files without a resource, which refer to nothing outside these files."""
    files = {path: path.read_text() for path in rule_files(folder)}
    for path in folder.glob("*.tf"):
        assert path in files or not re.search(
            r"^ +(validation|precondition) \{", path.read_text(), re.MULTILINE
        ), path
    blocks = "\n".join(re.findall(r"^locals \{\n.*?^\}", "\n".join(files.values()), re.MULTILINE | re.DOTALL))
    found = set(re.findall(r"^  (\w+)\s+=", blocks, re.MULTILINE))
    assert set(re.findall(r"\blocal\.(\w+)", "\n".join(files.values()))) <= found


def messages() -> Iterator[str]:
    """Yield each message with a NUL for each inserted value."""
    for folder in FOLDERS:
        for expression in MESSAGE.findall(text(folder)):
            written = INTERPOLATION.sub("\0", expression)
            if written.startswith('join("\\n", ['):  # a line for each of several
                written = written[written.index("format(") :]
            call, _, inner = written.partition("(")
            found = FIRST_STRINGS.match(inner.lstrip() if call == "format" else written)
            assert found, expression
            message = " ".join(STRING.findall(found[0].removeprefix('join(" ", '))).replace('\\"', '"')
            yield message.replace("%s", "\0") if call == "format" else message


@pytest.mark.parametrize("message", sorted(set(messages())), ids=lambda message: message[:50])
def test_every_message_is_provoked(message: str) -> None:
    """A rule that no test breaks might have stopped working."""
    pattern = ".+".join(re.escape(part) for part in message.split("\0"))
    sentences = [row[2] for row in ROWS] + [row[1] for row in STACK_ROWS] + FOUNDATION_SENTENCES
    tests = "\n".join(sentences) + _strings("test_routes.py") + _strings("test_load_balancer.py")
    assert re.search(pattern, tests), message


def _strings(name: str) -> str:
    """Join adjacent string literals of a test file; f-strings stay as written."""
    code = Path(__file__).with_name(name).read_text()
    return re.sub(r'"\s*\n\s*f?"', "", code)


def test_rejections_are_of_modules() -> None:
    """The rows of a misspelt module would be ignored."""
    rows = yaml.safe_load(Path(__file__).with_name("rejections.yaml").read_text())
    assert set(rows) <= {module.name for module in MODULES}
