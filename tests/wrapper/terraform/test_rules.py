"""The rules of a Terraform tree, checked without a provider: all at once, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import Clone, needs_terraform
from wrapper.errors import ConfigError, TerraformError

pytestmark = needs_terraform

# A service with a short name and a small count.
SERVICE = """
variable "count_of_tasks" {
  type     = number
  default  = 1
  nullable = false

  validation {
    condition     = var.count_of_tasks <= local.most
    error_message = "services.${var.name}.count must be at most ${local.most}, got ${var.count_of_tasks}."
  }

  validation {
    condition     = floor(var.count_of_tasks) == var.count_of_tasks
    error_message = "services.${var.name}.count must be whole, got ${var.count_of_tasks}."
  }
}

variable "name" {
  type = string
}

locals {
  most  = 3
  names = split("-", var.name)
}

output "names" {
  value = local.names

  precondition {
    condition     = length(local.names) == 1
    error_message = join("\\n", [for name in local.names : "services.${var.name} must not hold ${name}."])
  }
}
"""

STACK = """
variable "region" {
  type = string

  validation {
    condition     = startswith(var.region, "eu-")
    error_message = "region must be in Europe, got ${var.region}."
  }
}

variable "services" {
  type = map(object({ tasks = optional(number) }))

  validation {
    condition     = length(var.services) < 3
    error_message = "services must be at most 2, got ${length(var.services)}."
  }
}

module "service" {
  source   = "../../modules/service"
  for_each = var.services

  name           = "${each.key}"
  count_of_tasks = each.value.tasks
}
"""

# Neither the providers nor the remote module of this tree can be fetched here.
UNREACHABLE = """
terraform {
  required_providers {
    acme = {
      source = "registry.invalid/acme/acme"
    }
  }

  backend "s3" {}
}

provider "acme" {}

data "acme_zone" "main" {}

resource "acme_thing" "one" {
  for_each = toset(["a"])
}

resource "acme_thing" "one_more" { count = 2 }

module "elsewhere" {
  source  = "registry.invalid/acme/thing/acme"
  version = "1.0.0"
}

moved {
  from = acme_thing.old
  to   = acme_thing.one
}

locals {
  _read = {
    id    = acme_thing.one["a"].id
    ids   = acme_thing.one_more[*].id
    zone  = { for key, value in data.acme_zone.main.tags : key => upper(value) }
    other = module.elsewhere.name
    built = provider::acme::build("a", var.word)
  }
}

variable "word" {
  type    = string
  default = "aws_thing.one"

  validation {
    condition     = var.word != "bad"
    error_message = "word must not be bad, got ${var.word}."
  }
}

output "read" {
  value = local._read
  depends_on = [
    acme_thing.one,
  ]

  precondition {
    condition     = local._read.id == "x" && length(local._read.ids) == 3 && local._read.built == "y"
    error_message = "nobody knows this yet, got ${local._read.other}."
  }
}

check "advice" {
  assert {
    condition     = acme_thing.one["a"].id == "x"
    error_message = "not asked."
  }
}
"""


def write(clone: Clone, **files: str) -> None:
    for name, text in files.items():
        folder = clone.root / "terraform" / name.replace("__", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.tf").write_text(text)


def broken(clone: Clone, **tfvars: str) -> Iterable[str]:
    with pytest.raises(ConfigError) as caught:
        clone.terraform.refuse_broken_rules(tfvars)
    assert caught.value.source == "environments/dev.yaml"
    return caught.value.problems


def test_every_broken_rule_is_told_at_once(clone: Clone) -> None:
    """Rules of the stack, of each module's instance, and rules that depend on a broken one, are included."""
    write(clone, stacks__app=STACK, modules__service=SERVICE)
    services = "services = { a = { tasks = 5 }, b = { tasks = 3.5 }, new-web = {} }\n"
    assert broken(clone, app=f'region = "us-east-1"\n{services}') == (
        "region must be in Europe, got us-east-1.",
        "services must be at most 2, got 3.",
        "services.a.count must be at most 3, got 5.",
        "services.b.count must be at most 3, got 3.5.",
        "services.b.count must be whole, got 3.5.",
        "services.new-web must not hold new.",
        "services.new-web must not hold web.",
    )


def test_what_two_stacks_refuse_is_told_once(clone: Clone) -> None:
    """Both have the variable region; a stack without variables is not checked."""
    write(clone, stacks__app=STACK, stacks__base=STACK, stacks__other=STACK, modules__service=SERVICE)
    tfvars = 'region = "us-east-1"\nservices = {}\n'
    assert broken(clone, app=tfvars, base=tfvars) == ("region must be in Europe, got us-east-1.",)


def test_what_only_a_provider_knows_is_left_out(clone: Clone) -> None:
    """No provider and no module is fetched, their rules count as valid, and all others are checked."""
    write(clone, stacks__app=UNREACHABLE)
    clone.terraform.refuse_broken_rules({"app": 'word = "good"\n'})
    assert broken(clone, app='word = "bad"\n') == ("word must not be bad, got bad.",)


def test_what_passed_is_not_asked_again(clone: Clone) -> None:
    """The same variables take no time; other ones, and other rules, are checked."""
    write(clone, stacks__app=UNREACHABLE)
    log = clone.work.parent / "rules" / "plan.jsonl"
    clone.terraform.refuse_broken_rules({"app": ""})
    log.unlink()
    clone.terraform.refuse_broken_rules({"app": ""})
    assert not log.exists()
    broken(clone, app='word = "bad"\n')
    write(clone, stacks__app=UNREACHABLE.replace('!= "bad"', '!= "aws_thing.one"'))
    assert broken(clone, app="") == ("word must not be bad, got aws_thing.one.",)


def test_nothing_but_the_work_folder_is_written(clone: Clone) -> None:
    """There is no state, and the clone's tree is unchanged."""
    write(clone, stacks__app=STACK, modules__service=SERVICE)
    before = files_of(clone.root / "terraform")
    clone.terraform.refuse_broken_rules({"app": 'region = "eu-west-1"\nservices = { a = {} }\n'})
    assert files_of(clone.root / "terraform") == before
    assert not list(clone.root.rglob("*.tfstate*"))


def test_what_is_no_rule_is_no_fault_of_the_file(clone: Clone) -> None:
    """A mistake in the tree itself is left to Terraform."""
    write(clone, stacks__app=STACK, modules__service=SERVICE + "locals {\n  a = local.nowhere\n}\n")
    with pytest.raises(TerraformError, match="of dev/rules failed"):
        clone.terraform.refuse_broken_rules({"app": 'region = "eu-west-1"\nservices = {}\n'})


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
