"""The next major version of the AWS provider has all that the stacks use, as far as its schema shows.

`make provider6` compares the committed table with the bindings that it was read from.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.terraform.roots import TERRAFORM
from tests.terraform.schema import TABLE, Used, arguments, attributes, texts

Types = Mapping[str, Mapping[str, list[str]]]
FILES = list(texts())
PROVIDER: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))


def faults(given: Used, read: Used, types: Types) -> Iterator[str]:
    """Yield what is used but does not exist, and what is required but not given."""
    for kind in sorted(given.keys() | read.keys()):
        if kind not in types:
            yield f"{kind} is no type of the provider, or not in the table: make provider6 ARGS=--write"
            continue
        schema, here = types[kind], given.get(kind, set())
        known = set(schema["arguments"])
        yield from (f"{kind} has no argument {path}" for path in sorted(here) if not _is_known(path, known))
        yield from (
            f"{kind} has no attribute {name}"
            for name in sorted(read.get(kind, set()) - {*schema["attributes"]})
        )
        for path in schema["required"] if kind in given else ():
            outer = path.rpartition(".")[0]
            if path not in here and (not outer or outer in here):
                yield f"{kind} must be given {path}"


def _is_known(path: str, known: set[str]) -> bool:
    """Return whether the provider has an argument; below some blocks the bindings list none."""
    parts = path.split(".")
    return path in known or any(".".join([*parts[:end], "*"]) in known for end in range(1, len(parts)))


def test_the_next_provider_has_all_that_is_used() -> None:
    """No type, argument or attribute is removed, and no new one is required."""
    assert list(faults(arguments(FILES), attributes(FILES), PROVIDER["types"])) == []


@pytest.mark.parametrize(
    ("part", "name", "sentence"),
    [
        (
            "arguments",
            "deployment_circuit_breaker.rollback",
            "has no argument deployment_circuit_breaker.rollback",
        ),
        ("arguments", "task_definition", "has no argument task_definition"),
        ("attributes", "name", "has no attribute name"),
    ],
)
def test_what_is_gone_is_noticed(part: str, name: str, sentence: str) -> None:
    """Each is removed by itself, of the type that uses most."""
    types = copy.deepcopy(PROVIDER["types"])
    types["aws_ecs_service"][part].remove(name)
    assert list(faults(arguments(FILES), attributes(FILES), types)) == [f"aws_ecs_service {sentence}"]


def test_what_comes_to_be_required_is_noticed() -> None:
    """It is noticed at the top and in a given block, and not in a block that is not given."""
    types = copy.deepcopy(PROVIDER["types"])
    types["aws_ecs_service"]["required"] += ["sigint_rollback", "alarms.bake", "volume_configuration.name"]
    assert list(faults(arguments(FILES), attributes(FILES), types)) == [
        "aws_ecs_service must be given sigint_rollback",
        "aws_ecs_service must be given alarms.bake",
    ]


def test_the_code_is_read_as_it_is_laid_out() -> None:
    """It reads blocks, dynamic and empty ones, but not values of several lines and Terraform's own words."""
    code = """resource "aws_thing" "x" {
  count = 1
  name  = "a {" # (
  tags = {
    Name = "x"
  }
  list = [
    aws_other.y[0].arn,
  ]

  dynamic "part" {
    for_each = var.parts

    content {
      size = part.value

      inner {
        deep = true
      }
    }
  }

  action {
    none {}
  }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  ids = [for name, each in data.aws_thing.z : each.id]
}
"""
    assert arguments([code]) == {
        "aws_thing": {
            *("name", "tags", "list", "part", "part.size", "part.inner", "part.inner.deep"),
            *("action", "action.none"),
        }
    }
    assert attributes([code]) == {"aws_other": {"arn"}, "data.aws_thing": {"id"}}


def test_nothing_of_the_code_is_left_out() -> None:
    """Arguments were read for each type that a line names."""
    named = set(re.findall(r'^resource "(aws_\w+)"', "\n".join(FILES), re.MULTILINE))
    assert named == {kind for kind in arguments(FILES) if not kind.startswith("data.")}


@pytest.mark.parametrize(
    "file", sorted(TERRAFORM.glob("*/*/terraform.tf")), ids=lambda file: file.parent.name
)
def test_both_versions_are_allowed(file: Any) -> None:
    """They are the tested one, and the table's major version up to it."""
    [least, below] = re.findall(r'version = ">= ([\d.]+), < ([\d.]+)"', file.read_text())[0]
    for version in ("5.100.0", "6.0.0", PROVIDER["provider"]):
        assert _number(least) <= _number(version) < _number(below), version


def test_what_is_locked_is_what_is_tested() -> None:
    """The next version is opt-in: nobody gets it by default."""
    locks = (TERRAFORM / "stacks").glob("*/.terraform.lock.hcl")
    found = {path.parent.name: re.findall(r'version += "(.+)"', path.read_text()) for path in locks}
    assert found == {path.parent.name: ["5.100.0"] for path in (TERRAFORM / "stacks").glob("*/terraform.tf")}


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
