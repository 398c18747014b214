"""What a CI job shows of a run: Markdown in the file that GITHUB_STEP_SUMMARY names."""

from pathlib import Path

import pytest

from wrapper.cli import summary
from wrapper.errors import RolloutError

COMMAND = ["python", "-m", "wrapper", "apply", "dev"]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_failure_is_told_whole(page: Path) -> None:
    """It has the command, the exit code, every line of the reason, and the advice."""
    error = RolloutError("the roll-out of web failed\n  task      1\n    no luck", fix="mend it")
    summary.tell_failure(error, COMMAND)
    assert page.read_text() == (
        "### ❌ `python -m wrapper apply dev`: exit code 6\n\n"
        "```text\nthe roll-out of web failed\n  task      1\n    no luck\n```\n\n**Fix:** `mend it`\n\n"
    )


def test_log_line_does_not_end_the_block(page: Path) -> None:
    """Everything that a container printed stays inside the fence."""
    summary.tell_failure(RolloutError("before\n```\n<img src=x>"), COMMAND)
    assert "````text\nbefore\n```\n<img src=x>\n````\n" in page.read_text()


def test_no_word_is_markup(page: Path) -> None:
    """Command and advice are escaped, and a terminal's escape sequences are removed."""
    summary.tell_failure(RolloutError("\x1b]0;x\x07", fix="![x](http://x)"), ["a", "`![x](http://x)"])
    assert "### ❌ ``a '`![x](http://x)'``: exit code 6\n" in page.read_text()
    assert "**Fix:** `![x](http://x)`" in page.read_text()
    assert "\x1b" not in page.read_text()


def test_what_other_steps_wrote_stays(page: Path) -> None:
    """The page belongs to the whole job."""
    page.write_text("before\n")
    summary.tell_success([("URL", "http://x"), ("Verdict", "PASS")], COMMAND)
    assert page.read_text().startswith("before\n### ✅ `python -m wrapper apply dev`\n")
    assert "URL       http://x\nVerdict   PASS" in page.read_text()


def test_nothing_is_written_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside CI there is no such file, and one that can't be written is no second failure."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    summary.tell_failure(RolloutError("x"), COMMAND)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "folder"))
    summary.tell_failure(RolloutError("x"), COMMAND)
    assert list(tmp_path.iterdir()) == []
