"""The rules: the dictionary of CONTRIBUTING.md, those of proselint that find something here, reading ease."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, groupby
from pathlib import Path

import textstat
from proselint.checks import __register__
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check
from proselint.registry.checks.types import PreferredForms
from proselint.tools import LintFile

from tests.prose.text import Block, of_hcl, of_module, of_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
PAGES += sorted((ROOT / "terraform").rglob("README.md"))
# Between the blocks of a file: no words, so that no rule finds anything across it.
BETWEEN = " | "
PACKAGES = ("wrapper", "service", "emulator", "examples", "requirements", ".ci")
# Most of their strings are data, so only docstrings and comments are read.
TESTS = ("tests", "benchmarks")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)

# Not the rules of typography (straight quotes are fine), of dates, of taste ("very") and of comparisons.
RULES = [
    *("house", "archaism", "cliches", "hedging", "industrial_language", "lexical_illusions", "malapropisms"),
    *(
        "mixed_metaphors",
        "mondegreens",
        "needless_variants",
        "nonwords",
        "oxymorons",
        "redundancy",
        "spelling",
    ),
]


def dictionary() -> dict[str, str]:
    """Return the words that the project does not use, each with what it says in their place."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("| say | for | not |")[2]
    return {
        word: say for say, _, others in ROW.findall(table) for word in others.split(", ") if word != "not"
    }


def _registry() -> CheckRegistry:
    registry = CheckRegistry()
    if not registry.checks:
        words = PreferredForms(
            {re.escape(word): say for word, say in dictionary().items() if "-" not in word[:1]}
        )
        registry.register_many((Check(words, path="house", message="say '{}', not '{}'."), *__register__))
    return registry


def problems(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield what the rules find, as `path:line: message`."""
    config = dict.fromkeys(RULES, True)
    enabled = _registry().get_all_enabled(config)
    for path, of_path in groupby(blocks, key=lambda block: block.path):
        # One text per file: a rule takes about as long for a sentence as for a page.
        parts = list(of_path)
        texts = [" ".join(block.text.split()) for block in parts]
        starts = list(accumulate((len(text) + len(BETWEEN) for text in texts), initial=0))
        prepared = LintFile(str(path), BETWEEN.join(texts))
        for check in enabled:
            for found in check.check_with_flags(prepared.content):
                which = bisect_right(starts, found.span[0]) - 1
                line = parts[which].line + _line(parts[which].text, found.span[0] - starts[which])
                yield f"{path.relative_to(ROOT)}:{line}: {found.message}"


def _line(text: str, position: int) -> int:
    """Return how many lines into the text a position of its words, joined by single spaces, is."""
    before = 0
    for number, line in enumerate(text.strip("\n").split("\n")):
        before += len(" ".join(line.split())) + 1
        if position <= before:
            return number
    return 0


def ease(page: Path) -> float:
    """Return the Flesch reading ease of a page's sentences: 100 is easy, 50 is fairly difficult."""
    blocks = (block.text for block in of_page(page) if block.is_sentence)
    sentences = (" ".join(text.split()).rstrip(" :;") for text in blocks)
    ended = (text if text.endswith((".", "!", "?")) else f"{text}." for text in sentences)
    return float(textstat.flesch_reading_ease(" ".join(ended)))


def everything() -> Iterator[Block]:
    """Yield what `make check` reads: the pages without the dictionary, the Python code and the HCL."""
    return chain.from_iterable(blocks for _, blocks in files())


def files() -> Iterator[tuple[Path, Iterator[Block]]]:
    """Yield each file with its texts, which are read one by one."""
    for page in PAGES:
        yield page, _without_dictionary(page)
    for package in (*PACKAGES, *TESTS):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, of_module(path, strings=package in PACKAGES)
    for path in sorted(
        path for folder in ("terraform", "examples") for path in (ROOT / folder).rglob("*.tf")
    ):
        if ".terraform" not in path.parts and not path.is_symlink():
            yield path, of_hcl(path)


def _without_dictionary(page: Path) -> Iterator[Block]:
    for block in of_page(page):
        if page.name != "CONTRIBUTING.md" or block.is_sentence:
            yield block
