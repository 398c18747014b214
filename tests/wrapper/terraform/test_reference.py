"""The tables of the modules' READMEs: they equal the modules, and are parsed correctly."""

from pathlib import Path

import pytest

from wrapper.environment import Health
from wrapper.terraform.constraint import Row, rows, split
from wrapper.terraform.reference import MODULES, updated

VARIABLES = """
variable "size" {
  description = "A size, \\"large\\" | small."
  type = object({
    cpu   = optional(number, 256) # Units, 1024 of (them) to a "processor".
    names = optional(list(string))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.size.cpu > 0
    error_message = "no"
  }
}

variable "name" {
  description = "A name."
  type        = string
  nullable    = false
}
"""
TABLES = """\
| `name` | string | required | A name. |
| `size` | object | `{}` | A size, "large" \\| small. |
| `size.cpu` | number | `256` | Units, 1024 of (them) to a "processor". |
| `size.names` | list of strings | `null` |  |
"""


@pytest.mark.parametrize("readme", sorted(MODULES.glob("*/README.md")), ids=lambda path: path.parent.name)
def test_tables_are_current(readme: Path) -> None:
    """If this fails, run `python -m wrapper.terraform.reference`."""
    text = readme.read_text("utf-8")
    assert updated(text, readme.parent) == text


def test_every_module_has_a_readme() -> None:
    """Otherwise a module without a table to update might have none."""
    modules = {path.parent for path in MODULES.glob("*/*.tf")}
    assert {path.parent for path in MODULES.glob("*/README.md")} == modules


def test_variables_become_rows(tmp_path: Path) -> None:
    """They are in alphabetical order, attributes below their variable; other text is unchanged."""
    (tmp_path / "variables.tf").write_text(VARIABLES)
    (tmp_path / "outputs.tf").write_text('output "arn" {\n  description = "An ARN."\n  value       = 1\n}\n')
    page = updated("# size\n\nProse.\n", tmp_path)
    assert page.startswith("# size\n\nProse.\n\n<!-- inputs and outputs")
    assert TABLES in page
    assert page.endswith("| `arn` | An ARN. |\n")
    assert updated(page, tmp_path) == page


def test_constraint_is_read_at_any_depth() -> None:
    """Attributes of maps and lists of objects are shown below a name, or below an item."""
    constraint = "map(object({ items = optional(list(object({ a = string })), []), b = set(number) }))"
    assert list(rows("x", constraint, "{}")) == [
        Row("x", "map of objects", "{}"),
        Row("x.<name>.items", "list of objects", "[]"),
        Row("x.<name>.items[].a", "string", None),
        Row("x.<name>.b", "set of numbers", None),
    ]


def test_what_the_environment_file_has_is_described_in_its_words(tmp_path: Path) -> None:
    """The path is the same, unless a comment names another; other keys have no description."""
    module = tmp_path / "target_group"
    module.mkdir()
    (module / "variables.tf").write_text(
        'variable "health" {\n  description = "Health."\n  type = object({\n'
        "    path   = string\n    status = string # Codes.\n    other  = string\n  })\n}\n"
    )
    page = updated("# health\n", module)
    path = Health.model_fields["path"].description
    assert f"| `health.path` | string | required | {path} |" in page
    assert "| `health.status` | string | required | Codes. |" in page
    assert "| `health.other` | string | required |  |" in page


def test_split_leaves_brackets_and_quotes_alone() -> None:
    """A comma in a default or a nested type separates nothing."""
    assert split('a = object({ b = string, c = list(string) }), "x, y"\nd = 1') == [
        "a = object({ b = string, c = list(string) })",
        '"x, y"',
        "d = 1",
    ]
