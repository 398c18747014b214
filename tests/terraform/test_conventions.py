"""What every stack and module keeps to, read from the files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.terraform.roots import TERRAFORM
from tests.terraform.test_rejections import ROWS, STACK_ROWS

FOLDERS = sorted(path.parent for path in TERRAFORM.glob("*/*/terraform.tf"))
MODULES = [folder for folder in FOLDERS if folder.parent.name == "modules"]
STACKS = [folder for folder in FOLDERS if folder.parent.name == "stacks"]
BLOCK = re.compile(r'^(\w+) (?:"[^"]+" )*\{\n.*?^\}', re.MULTILINE | re.DOTALL)
NAMED = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
INTERPOLATION = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def text(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))


@each_folder
def test_variables_and_outputs_are_described(folder: Path) -> None:
    """Each says what it is, and each variable whether it may be null."""
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
    """A block fits on a screen, unless it is a variable with all its rules, or what AWS makes long."""
    longest = {"aws_ecs_service": 80, "aws_wafv2_web_acl": 80}
    for match in BLOCK.finditer(text(folder)):
        first = match[0].partition("\n")[0]
        if match[1] != "variable":
            kind = first.split('"')[1] if match[1] == "resource" else ""
            assert match[0].count("\n") < longest.get(kind, 50), first


@each_folder
def test_nothing_looks_anything_up(folder: Path) -> None:
    """Plans are made from inputs alone, and nothing is hidden from them."""
    code = text(folder)
    assert set(re.findall(r'^data "(\w+)"', code, re.MULTILINE)) <= {"aws_iam_policy_document"}
    for unwanted in ("ignore_changes", "null_resource", "local-exec", "terraform_remote_state"):
        assert unwanted not in code


def test_only_what_can_stand_twice_is_created_before_it_is_destroyed() -> None:
    """It spreads to all that a resource depends on: two load balancers cannot have one name."""
    files = {path for path in TERRAFORM.glob("*/*/*.tf") if "create_before_destroy" in path.read_text()}
    assert {f"{path.parent.name}/{path.name}" for path in files} == {
        "certificate/certificate.tf",
        "ecs_service/load_balancer.tf",
    }


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_modules_have_few_variables(folder: Path) -> None:
    """Few deep inputs, not a switchboard."""
    assert len(re.findall(r'^variable "', text(folder), re.MULTILINE)) <= 8


def test_the_architecture_names_every_module() -> None:
    """In its table of where things live."""
    page = (TERRAFORM.parent / "docs" / "architecture.md").read_text()
    [row] = [line for line in page.splitlines() if line.startswith("| `terraform/modules/`")]
    assert set(re.findall(r"`(\w+)`", row)) == {module.name for module in MODULES}


def test_stacks_share_what_they_are_told() -> None:
    """The files that each stack needs for itself are the same in all."""
    for name in ("environment.tf", "providers.tf", "terraform.tf"):
        assert len({(stack / name).read_text() for stack in STACKS}) == 1, name


def test_services_and_jobs_have_the_same_limits() -> None:
    """What Fargate and CloudWatch offer is the same for both; a module can share no file with another."""
    service, job = (TERRAFORM / "modules" / name / "limits.tf" for name in ("ecs_service", "job"))
    assert service.read_text() == job.read_text()


def messages() -> Iterator[str]:
    for folder in FOLDERS:
        for message in re.findall(r'error_message = "(.*)"$', text(folder), re.MULTILINE):
            yield message.replace('\\"', '"')


@pytest.mark.parametrize("message", sorted(set(messages())), ids=lambda message: message[:50])
def test_every_message_is_provoked(message: str) -> None:
    """A rule that no test breaks may have stopped to hold."""
    pattern = ".+".join(re.escape(part) for part in INTERPOLATION.split(message))
    sentences = [row[2] for row in ROWS] + [row[1] for row in STACK_ROWS]
    tests = "\n".join(sentences) + _strings("test_routes.py") + _strings("test_load_balancer.py")
    assert re.search(pattern, tests), message


def _strings(name: str) -> str:
    """Join what a test file says in adjacent string literals, f-strings as they are written."""
    code = Path(__file__).with_name(name).read_text()
    return re.sub(r'"\s*\n\s*f?"', "", code)


def test_rejections_are_of_modules() -> None:
    """A misspelt module would leave its rows out."""
    rows = yaml.safe_load(Path(__file__).with_name("rejections.yaml").read_text())
    assert set(rows) <= {module.name for module in MODULES}
