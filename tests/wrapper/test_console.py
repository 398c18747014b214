"""The console prints exactly its arguments."""

import re

import pytest

from wrapper.cli.options import quote, tell
from wrapper.console import TerminalConsole


def test_names_of_emoji_stay_names(capsys: pytest.CaptureFixture[str]) -> None:
    """An ARN may contain `:secret:`, which rich would replace by a picture; so may a log line."""
    arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:token-AbCdEf"
    console = TerminalConsole()
    console.error(arn, fix=arn)
    console.warn(arn)
    console.note(arn)
    console.say(arn)
    with console.step(arn) as step:
        step.result(arn)
    shown = capsys.readouterr()
    assert (shown.err + shown.out).count(arn) == 7


def test_brackets_are_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """A message about a list is shown completely."""
    TerminalConsole().error("must be one of [red, /red]")
    assert "must be one of [red, /red]" in capsys.readouterr().err


def test_what_others_say_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """An escape, a title, a clipboard or a reversed line is shown as text, wherever it is printed."""
    hostile = "a\x1b]52;c;eA==\x07b\x1b[2J\rc\x9b\u202ed\te"
    console = TerminalConsole(assume_yes=True)
    console.error(hostile, fix=hostile)
    console.warn(hostile)
    console.note(hostile)
    console.say(hostile)
    console.facts([("Who", hostile)])
    console.table([["Who"], [hostile]])
    with console.step("Step") as step:
        step.progress(hostile)
        step.result(hostile)
    tell(hostile)
    quote(hostile)
    shown = capsys.readouterr()
    told = shown.err + shown.out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", told)
    assert told.count("a\u241b]52;c;eA==\u2407b\u241b[2J\u240dc\ufffd\ufffdd") == 10


def test_what_came_out_badly_has_no_tick(capsys: pytest.CaptureFixture[str]) -> None:
    """A step without an error may still have found a problem."""
    with TerminalConsole().step("Smoke-test web") as step:
        step.result("3 of 4 checks passed", good=False)
    assert capsys.readouterr().err.startswith("✗ Smoke-test web  3 of 4 checks passed")


def test_progress_stays_on_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long address would be folded inside its words; a line that is cut is soon replaced anyway."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    with TerminalConsole().step("Apply app") as step:
        step.progress('module.ecs_service["recommender"].aws_appautoscaling_policy.target: creating')
    frames = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err).splitlines()
    [last] = [frame for frame in frames if "module" in frame]
    assert last.endswith("…")
    assert len(last.rpartition("\r")[2]) <= 40
