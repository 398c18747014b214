"""Repeating a command's output."""

from collections.abc import Iterator
from itertools import islice

import click
import pytest
from click.testing import CliRunner

from wrapper.cli.watching import looks, until_interrupted
from wrapper.errors import PreconditionError


def test_a_later_failure_is_told_and_not_the_end() -> None:
    """For example AWS may fail to answer once during a roll-out."""
    answers: Iterator[int] = iter([1, 0, 3])

    def look() -> int:
        found = next(answers)
        if not found:
            raise PreconditionError("AWS did not answer.")
        return found

    first, second, third = islice(looks(look, seconds=0), 3)
    assert (first, third) == (1, 3)
    assert isinstance(second, PreconditionError)


def test_the_first_look_must_succeed() -> None:
    """Otherwise there is nothing to watch."""

    def look() -> int:
        raise PreconditionError("nothing is deployed.")

    with pytest.raises(PreconditionError):
        next(looks(look, seconds=0))


def test_it_waits_between_two_looks() -> None:
    """There is no wait before the first one."""
    slept: list[float] = []
    list(islice(looks(lambda: 1, seconds=2.0, sleep=slept.append), 3))
    assert slept == [2.0, 2.0]


def test_ctrl_c_is_how_watching_ends() -> None:
    """It is the usual exit code of shells, and no error."""

    @click.command()
    def watch() -> None:
        with until_interrupted():
            raise KeyboardInterrupt

    done = CliRunner().invoke(watch)
    assert (done.exit_code, done.output) == (130, "")
