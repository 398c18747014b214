"""What the docs tell a user to type: every command is one that the project understands."""

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

# Programs of others: that they are there, and what they understand, is not for us to say.
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
    """A renamed command, option or make target is noticed where it is described."""
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
    """Pages and folders that are linked to are there."""
    assert (page.parent / target).exists()


def test_each_attack_has_its_tests() -> None:
    """The page names files and functions that are there, and each row at least one."""
    text = (ROOT / "docs" / "attacks.md").read_text("utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) == sum(1 for line in text.splitlines() if re.match(r"\| (?!tried)", line))
    for *_, tests in rows:
        for path, names in re.findall(r"`(tests/[\w/.]+)`(?:: ((?:`test_\w+`(?:, )?)+))?", tests):
            found = ROOT / path
            assert found.exists(), path
            for name in re.findall(r"`(test_\w+)`", names):
                assert f"def {name}(" in found.read_text("utf-8"), name
