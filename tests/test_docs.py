"""Each command in the docs is one that the project understands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.train.arguments import parse
from wrapper.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^[ ]*```console\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
SCRIPT = re.compile(r"^[ ]*```sh\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(python -m (?:wrapper|service)[^`]*|make [a-z-]+[^`]*)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(#[^)]*)?\)")

# Other programs: the tests do not check that they exist or understand their arguments.
FOREIGN = {
    "alias",
    "curl",
    "docker",
    "eval",
    "git",
    "install",
    "pip",
    "podman",
    "python3",
    "sudo",
    "terraform",
}


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.findall(text):
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                if line.strip().startswith("$ "):
                    yield page.name, line.strip().removeprefix("$ ")
        for script in SCRIPT.findall(text):
            for line in re.sub(r"\\\n\s*", " ", script).splitlines():
                if line.strip() and not line.strip().startswith("#"):
                    yield page.name, line.strip()
        yield from ((page.name, command) for command in INLINE.findall(text))


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        yield from ((page, target) for target, _ in LINK.findall(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_a_command_in_the_docs_is_understood(page: str, command: str) -> None:
    """A renamed command, option or make target fails where the docs describe it."""
    words = shlex.split(command, comments=True)
    match words:
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case [("python" | ".venv/bin/python"), "-m", "wrapper", *rest]:
            # --help stops before anything runs, but after unknown commands and options were refused.
            own = rest[: rest.index("--")] if "--" in rest else rest
            assert CliRunner().invoke(main, [*own, "--help"]).exit_code == 0
        case [("python" | ".venv/bin/python"), "-m", "service.train", *rest]:
            parse([word for word in rest if word != "…"], {"MODELS_URI": "s3://b/m", "RATINGS_URI": "r"})
        case [("python" | ".venv/bin/python"), script, *_] if script.startswith("benchmarks/"):
            assert (ROOT / script).is_file()
        case [("python" | ".venv/bin/python"), "-m", module, *_] | ["bench", module, *_]:
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        case [script, *_] if script.startswith(".ci/"):
            assert (ROOT / script).is_file()
        case ["sudo", *rest] if rest[0].startswith(".ci/"):
            assert (ROOT / rest[0]).is_file()
        case [tool, *_]:
            assert Path(tool).name in FOREIGN, command


@pytest.mark.parametrize(("page", "target"), sorted(set(links())), ids=str)
def test_a_link_in_the_docs_leads_somewhere(page: Path, target: str) -> None:
    """Linked pages and folders exist."""
    assert (page.parent / target).exists()


def test_each_attack_has_its_tests() -> None:
    """The page names existing files and functions, at least one in each row."""
    text = (ROOT / "docs" / "attacks.md").read_text("utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) == sum(1 for line in text.splitlines() if re.match(r"\| (?!tried)", line))
    for *_, tests in rows:
        for path, names in re.findall(r"`(tests/[\w/.]+)`(?:: ((?:`test_\w+`(?:, )?)+))?", tests):
            found = ROOT / path
            assert found.exists(), path
            for name in re.findall(r"`(test_\w+)`", names):
                assert f"def {name}(" in found.read_text("utf-8"), name


HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)]+)\)")


def anchors(text: str) -> set[str]:
    """Return the ids that GitHub gives a page's headings: https://docs.github.com/en/get-started/writing-on-github."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def section(text: str, anchor: str) -> str:
    """Return what is under the heading with this id, the whole page if there is none."""
    if not anchor:
        return text
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return next(part for part in parts if anchor in anchors(part))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_to_a_heading_finds_it(page: Path) -> None:
    """A link to a renamed heading fails."""
    for target, anchor in ANCHOR.findall(page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        other = page.parent / target if target else page
        assert anchor in anchors(other.read_text("utf-8")), f"{target}#{anchor}"


# A newcomer's questions, the README's link to each answer, and words of the answer.
QUESTIONS = {
    "How do I deploy my own model?": ("docs/your-own-model.md", "python -m wrapper init mine"),
    "How do I go to AWS?": ("docs/aws.md", "python -m wrapper apply staging"),
    "Why did it fail?": ("docs/rollouts.md#when-it-fails", "exit code 1, an error"),
    "What does it cost?": ("docs/aws.md#what-it-costs-a-month", "load balancer"),
    "How do I go back?": ("docs/releases.md#going-back", "python -m wrapper rollback dev"),
    "What would an apply change?": ("docs/plan-review.md", "python -m wrapper plan"),
    "How do I train on my own ratings?": ("docs/training.md", "python -m service.train --ratings"),
    "Which keys are there?": ("docs/environments.md#keys", "`project`"),
    "How do I read logs, scale or destroy?": ("docs/operations.md", "python -m wrapper logs dev"),
    "What is different on AWS?": ("docs/sandbox.md#what-is-different-from-aws", "security groups"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_newcomers_question_is_one_click_away(question: str) -> None:
    """The README links to the place that answers it."""
    link, words = QUESTIONS[question]
    assert f"]({link})" in (ROOT / "README.md").read_text("utf-8")
    page, _, anchor = link.partition("#")
    assert words in section((ROOT / page).read_text("utf-8"), anchor)


def test_the_index_has_every_page() -> None:
    """docs/README.md links to each page."""
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", index)}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= linked


@pytest.mark.parametrize(
    "page", [path for path in PAGES if path.parent.name != "decisions"], ids=lambda path: path.name
)
def test_a_page_says_first_what_it_is_for(page: Path) -> None:
    """The README says what the project does, every other page what the reader can do after it."""
    first = page.read_text("utf-8").split("\n\n")[1]
    assert first.startswith("Put an ML recommender" if page == ROOT / "README.md" else "After this page you")
