"""The folders and the steps of an apply in docs/architecture.md are those of the code."""

import ast
import re
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALK = re.findall(r"^(\d+)\. `(wrapper/[\w/]+\.py)`", PAGE, re.MULTILINE)
PICTURE = PAGE.partition("```\ncli ")[2].partition("```")[0]
# The number of entries allowed in wrapper/, besides __init__ and __main__.
MOST_ENTRIES = 16


@pytest.fixture(scope="module")
def layers() -> list[set[str]]:
    """The folders by layer in import-linter's contract, from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rows = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [set(re.findall(r"wrapper\.(\w+)", row)) for row in rows]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("wrapper", cache_dir=None)


def test_the_picture_shows_the_folders_as_imports_run(layers: list[set[str]]) -> None:
    """There is one row for each layer, in order."""
    rows = [re.split(r"\s{2,}", line) for line in f"cli {PICTURE}".splitlines()]
    assert [set(row[: len(layer)]) for row, layer in zip(rows, layers, strict=True)] == layers


def test_nothing_lies_beside_the_folders(layers: list[set[str]]) -> None:
    """A new module goes into one of the folders."""
    there = {path.stem for path in (ROOT / "wrapper").iterdir() if not path.name.startswith("__")}
    assert there == set().union(*layers)
    assert len(there) <= MOST_ENTRIES


def test_the_walk_is_short() -> None:
    """It has at most twelve numbered steps, each with an existing file."""
    assert [int(number) for number, _ in WALK] == list(range(1, len(WALK) + 1))
    assert len(WALK) <= 12
    assert all((ROOT / file).is_file() for _, file in WALK)


@pytest.mark.parametrize("step", range(1, len(WALK)))
def test_each_step_is_reached_from_one_before(imports: grimp.ImportGraph, step: int) -> None:
    """The imports lead from one to the next; the commands are found by a loop over their folder."""
    modules = [file.removesuffix(".py").replace("/", ".") for _, file in WALK]
    earlier, wanted = modules[:step], modules[step]
    if wanted.startswith("wrapper.cli."):
        assert {"wrapper.__main__", "wrapper.cli.main"} & set(earlier)
    else:
        assert any(imports.chain_exists(importer=each, imported=wanted) for each in earlier), wanted


def test_no_underscore_name_leaves_its_module() -> None:
    """A name with an underscore is private to its module; ruff checks this only across packages."""
    found = [
        f"{path.relative_to(ROOT)}: {alias.name}"
        for package in ("wrapper", "service", "emulator")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert found == []
