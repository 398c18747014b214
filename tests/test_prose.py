"""The pages, the messages and the docstrings use the project's words, and pages are easy to read."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.prose.house import PAGES, ROOT, dictionary, ease, files, problems
from tests.prose.text import Block, of_hcl, of_module, of_page

LEAST_EASE = 50


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_is_easy_to_read(page: Path) -> None:
    """Flesch's measure is higher for shorter sentences and shorter words."""
    assert ease(page) >= LEAST_EASE


def test_a_hard_page_is_noticed(tmp_path: Path) -> None:
    """Long words in one long sentence are far below the limit; tables and code do not count."""
    page = tmp_path / "hard.md"
    page.write_text(
        "# Short\n\nNotwithstanding organisational considerations, implementation responsibilities "
        "necessitate comprehensive interdepartmental documentation.\n\n| A | B |\n|---|---|\n| a | b |\n"
    )
    assert ease(page) < LEAST_EASE


def test_the_dictionary_is_read() -> None:
    """Each row has a word to say and the words that it replaces; there are 30 to 40 rows."""
    words = dictionary()
    assert words["tells"] == "print, show, report"
    assert words["must be there"] == "missing"
    assert 30 <= len(set(words.values())) <= 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Every step is told at once.", "say 'print, show, report', not 'told'."),
        ("It goes on\nwith the next one.", "say 'continue', not 'goes on'."),
        ("Wait for the the answer.", "'the the'"),
        ("It prints each step.", ""),
        ("The foretold step.", ""),
    ],
)
def test_rules_find_words(text: str, found: str) -> None:
    """They find whole words, also across a line's end, and repeated words."""
    told = list(problems([Block(ROOT / "page.md", 7, text)]))
    assert len(told) == bool(found)
    assert all(line.startswith("page.md:7: ") and found in line for line in told)


def test_a_problem_has_its_line() -> None:
    """It is the line in the file, not the paragraph's first one."""
    [found] = problems([Block(ROOT / "page.md", 7, "One line,\nand it is told.")])
    assert found.startswith("page.md:8:")


def test_prose_has_no_code(tmp_path: Path) -> None:
    """Blocks, names in backquotes and addresses are left out; cells and headings are no sentences."""
    page = tmp_path / "page.md"
    page.write_text("# Top\n\nSee [this](told.md) `told`.\n\n```\ntold\n```\n\n| A |\n|---|\n| cell |\n")
    assert [(block.text, block.is_sentence) for block in of_page(page)] == [
        ("Top", False),
        ("See this N1.", True),
        ("A", False),
        ("cell", False),
    ]


def test_a_module_s_strings_docstrings_and_comments_are_prose(tmp_path: Path) -> None:
    """Keys, linters' comments and code are left out. The lines of a comment are one text."""
    module = tmp_path / "module.py"
    module.write_text(
        '"""A module in words."""\n\n\n# The first line of\n# a comment, with `code`.\n'
        'def other():\n    raise E("the file is missing", "key")  # noqa: E501 is no word\n'
    )
    assert [(block.line, block.text) for block in of_module(module)] == [
        (1, "A module in words."),
        (7, "the file is missing"),
        (4, "The first line of\na comment, with N1."),
    ]


def test_a_test_s_strings_are_data(tmp_path: Path) -> None:
    """Of a test only docstrings and comments are prose, at any depth."""
    module = tmp_path / "test_module.py"
    module.write_text(
        'class Case:\n    """A case in words."""\n\n    def case(self):\n        """It prints a line."""\n'
        "        # The reason for it: https://told.example.com\n"
        '        assert self.run("text that is data") == "also data here"\n'
    )
    assert [(block.line, block.text) for block in of_module(module, strings=False)] == [
        (2, "A case in words."),
        (5, "It prints a line."),
        (6, "The reason for it: N1"),
    ]


def test_hcl_s_descriptions_messages_and_comments_are_prose(tmp_path: Path) -> None:
    """Each value becomes a name; an address, a type and a linter's comment are no sentences."""
    stack = tmp_path / "main.tf"
    stack.write_text(
        'variable "port" {\n  description = "Port of the service."\n  type = object({ # What it has.\n'
        '  error_message = "port must be in ${var.a} ${var.b}."\n}\n# checkov:skip=CKV_1:none of it\n'
    )
    assert [(block.line, block.text) for block in of_hcl(stack)] == [
        (2, "Port of the service."),
        (4, "port must be in N1 N2."),
        (3, "What it has."),
    ]


def test_all_that_a_person_reads_is_read() -> None:
    """That is the pages, the modules' READMEs, the Python of each folder, and the HCL."""
    texts = {path.relative_to(ROOT).as_posix(): texts for path, texts in files()}
    for name in (
        *("docs/aws.md", "terraform/modules/vpc/README.md", "wrapper/errors.py", "service/fetch.py"),
        *("emulator/server.py", "tests/test_prose.py", "benchmarks/serving.py"),
        *("terraform/modules/vpc/variables.tf", "terraform/stacks/app/variables.tf"),
    ):
        assert next(texts[name]).path == ROOT / name


def test_a_rule_finds_nothing_across_two_texts() -> None:
    """The last word of one and the first of the next are no repetition."""
    blocks = [
        Block(ROOT / "page.md", 1, "This is the"),
        Block(ROOT / "page.md", 2, "the end of it. It is told."),
    ]
    assert list(problems(blocks)) == ["page.md:2: say 'print, show, report', not 'told'."]


def test_the_command_fails_for_what_it_finds() -> None:
    """`make check` needs the exit code."""
    code = "import tests.prose.house as house, sys\n"
    code += "house.everything = lambda: [house.Block(house.ROOT / 'a.md', 1, 'It is told.')]\n"
    code += "import runpy; runpy.run_module('tests.prose', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["a.md:1: say 'print, show, report', not 'told'."]
