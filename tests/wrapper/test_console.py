"""What the console prints is what it was given."""

import pytest

from wrapper.console import TerminalConsole


def test_names_of_emoji_stay_names(capsys: pytest.CaptureFixture[str]) -> None:
    """An ARN holds `:secret:`, which is also the name of a picture; so may a log line."""
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
    """A message about a list is shown whole."""
    TerminalConsole().error("must be one of [red, /red]")
    assert "must be one of [red, /red]" in capsys.readouterr().err


def test_what_came_out_badly_has_no_tick(capsys: pytest.CaptureFixture[str]) -> None:
    """A step that went through may still have found that something is wrong."""
    with TerminalConsole().step("Smoke-test web") as step:
        step.result("3 of 4 checks passed", good=False)
    assert capsys.readouterr().err.startswith("✗ Smoke-test web  3 of 4 checks passed")
