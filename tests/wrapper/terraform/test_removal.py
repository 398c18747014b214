"""A destroy needs the state and the providers; no code of a stack can stop it."""

from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import Clone, needs_terraform, silent
from wrapper.errors import ConfigError
from wrapper.terraform.plan import Summary
from wrapper.terraform.rules import write_removal

TERRAFORM = Path(__file__).resolve().parents[3] / "terraform"
STACKS = sorted(path.name for path in (TERRAFORM / "stacks").iterdir())
_RULE = """ {
    condition     = length(var.word) < 10
    error_message = "word must be short."
  }
"""
# Blocks of a stack besides resources: each refuses the value that the tests give.
OBJECTIONS = {
    "a validation": 'variable "word" {\n  type = string\n\n  validation' + _RULE + "}\n",
    "a precondition": (
        'variable "word" {\n  type = string\n}\n\n'
        'output "short" {\n  value = var.word\n\n  precondition' + _RULE + "}\n"
    ),
    "a type": 'variable "word" {\n  type = number\n}\n',
    "an expression": (
        'variable "word" {\n  type = string\n}\n\noutput "third" {\n  value = split(" ", var.word)[9]\n}\n'
    ),
    "a variable without a value": 'variable "word" {\n}\n\nvariable "other" {\n}\n',
}
BACKEND = 'terraform {\n  backend "local" {}\n}\n\n'
THINGS = """
resource "terraform_data" "first" {
}

resource "terraform_data" "second" {
  input = terraform_data.first.id
}
"""
LONG = 'word = "much too long a word"\n'


@needs_terraform
@pytest.mark.parametrize("objection", OBJECTIONS)
def test_nothing_in_a_stack_stops_its_destroy(clone: Clone, objection: str) -> None:
    """All resources are destroyed, though the stack itself would refuse to be planned."""
    clone.write(BACKEND + THINGS)
    clone.apply()
    clone.write(BACKEND + OBJECTIONS[objection] + "\n" + THINGS)
    clone.terraform.init_removal("app", tfvars=LONG, backend=clone.backend)
    plan = clone.terraform.plan("app", destroy=True, progress=silent)
    assert plan.summary == Summary(destroy=2)
    assert clone.terraform.apply(plan, progress=silent) == Summary(destroy=2)


@needs_terraform
def test_the_stack_itself_still_refuses(clone: Clone) -> None:
    """Only a destroy is allowed; a plan for an apply checks the rules as before."""
    clone.write(BACKEND + OBJECTIONS["a validation"] + "\n" + THINGS)
    clone.terraform.init_removal("app", tfvars=LONG, backend=clone.backend)
    clone.init(LONG)
    with pytest.raises(ConfigError, match="word must be short"):
        clone.terraform.plan("app", progress=silent)


@needs_terraform
def test_what_depends_on_another_goes_first(clone: Clone) -> None:
    """The order is in the state, without any configuration."""
    clone.write(BACKEND + THINGS)
    clone.apply()
    clone.terraform.init_removal("app", tfvars="", backend=clone.backend)
    lines: list[str] = []
    plan = clone.terraform.plan("app", destroy=True, progress=silent)
    clone.terraform.apply(plan, progress=lines.append)
    done = [line.split(":")[0] for line in lines if ": destroyed" in line]
    assert done == ["terraform_data.second", "terraform_data.first"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_root_of_each_stack_has_its_providers_alone(stack: str, tmp_path: Path) -> None:
    """It has the versions that the stack has locked, and the variables that its providers read."""
    write_removal(TERRAFORM, tmp_path, stack)
    text = (tmp_path / "stacks" / stack / "main.tf").read_text()
    assert 'backend "s3"' in text
    assert 'provider "aws"' in text
    assert 'variable "account_id"' in text
    for absent in ("validation {", "precondition {", "\nmodule ", "\nresource ", "\noutput ", "\nlocals "):
        assert absent not in text
    locked = TERRAFORM / "stacks" / stack / ".terraform.lock.hcl"
    assert (tmp_path / "stacks" / stack / locked.name).read_bytes() == locked.read_bytes()
