"""A reader that hangs up, as in `python -m wrapper config dev | head`: every command ends silently."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from wrapper.cli.boundary import BROKEN_PIPE
from wrapper.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
# Runs each command line in a fork of one process with its imports. Its standard output, and with "both" its
# standard error, is a pipe that nobody reads; prints exit code and standard error of each.
PROGRAM = """
import json, os, sys, tempfile
from wrapper.cli import main
told = []
for words, both in json.load(sys.stdin):
    reader, pipe = os.pipe()
    os.close(reader)
    with tempfile.TemporaryFile() as said:
        if not (child := os.fork()):
            os.dup2(pipe, 1)
            os.dup2(pipe if both else said.fileno(), 2)
            sys.argv[1:] = words
            try:
                main.run()
            except SystemExit as ended:
                code = ended.code
            try:  # as Python does at its end, but without taking everything down, which is slow
                sys.stdout.flush()
                sys.stderr.flush()
            except OSError:
                code = 120
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(pipe)
        said.seek(0)
        told.append((code, said.read().decode()))
json.dump(told, sys.stdout)
"""
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


CALLS = {
    **{f"{verb} --help": False for verb, _ in verbs()},
    **{f"{verb} nosuch": True for verb, command in verbs() if takes_an_environment(command)},
    **dict.fromkeys(RESULTS, False),
    "--help": False,
    "nosuch": True,
}


@pytest.fixture(scope="module")
def ended() -> dict[str, tuple[int, str]]:
    """Return exit code and standard error of each call."""
    calls = json.dumps([(call.split(), both) for call, both in CALLS.items()])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, input=calls, stdout=-1, text=True, check=True
    )
    return dict(zip(CALLS, map(tuple, json.loads(done.stdout)), strict=True))


@pytest.mark.parametrize("call", CALLS)
def test_a_reader_that_has_seen_enough_is_no_failure(ended: dict[str, tuple[int, str]], call: str) -> None:
    """The exit code is that of a program that SIGPIPE ends, and there is no traceback."""
    assert ended[call] == (BROKEN_PIPE, "")
