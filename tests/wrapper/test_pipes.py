"""A reader that hangs up, as in `python -m wrapper config dev | head`: every command ends silently."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.wrapper import forks
from wrapper.cli.boundary import BROKEN_PIPE
from wrapper.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
# Commands that print a result without any call; of the others the help, and the error of an unknown
# environment.
RESULTS = ("config dev", "config dev --json", "completion bash", "sandbox status", "sandbox status --json")


def verbs(group: click.Group = main, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command's arguments."""
    for name, command in group.commands.items():
        yield " ".join([*above, name]), command
        if isinstance(command, click.Group):
            yield from verbs(command, *above, name)


def takes_an_environment(command: click.Command) -> bool:
    return any(each.name in ("environment", "source") for each in command.params)


# Whether standard error is the pipe, too.
CALLS = {
    **{f"{verb} --help": False for verb, _ in verbs()},
    **{f"{verb} nosuch": True for verb, command in verbs() if takes_an_environment(command)},
    **dict.fromkeys(RESULTS, False),
    "--help": False,
    "nosuch": True,
}


@pytest.mark.parametrize("call", CALLS)
def test_a_reader_that_has_seen_enough_is_no_failure(call: str) -> None:
    """The exit code is that of a program that SIGPIPE ends, and there is no traceback."""
    reader, pipe = os.pipe()
    os.close(reader)
    with Path(os.devnull).open() as nothing, tempfile.TemporaryFile("w+") as told:
        errors = pipe if CALLS[call] else told.fileno()
        code = forks.status(ROOT, *call.split(), stdin=nothing.fileno(), stdout=pipe, stderr=errors)
        os.close(pipe)
        told.seek(0)
        assert (code, told.read()) == (BROKEN_PIPE, "")
