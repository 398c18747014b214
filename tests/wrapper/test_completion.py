"""Completion as shells request it: by click's protocol, and once in a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sample import clone
from tests.wrapper import forks
from wrapper.cli.complete import PROGRAM, SHELLS, VARIABLE, script

ROOT = Path(__file__).resolve().parents[2]


def asked(*words: str, shell: str = "bash") -> list[str]:
    """Return the completions of the last word, as a shell requests them after Tab."""
    variables = {
        VARIABLE: f"{shell}_complete",
        "COMP_WORDS": " ".join((PROGRAM, *words)),
        "COMP_CWORD": str(len(words)),
    }
    answer = forks.run(clone(), env=os.environ | variables)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("apply", ""), ["plain,dev", "plain,prod", "plain,staging"]),
        (("status", "p"), ["plain,prod"]),
        (("promote", "staging", "pr"), ["plain,prod"]),
        (("sandbox", "up", "d"), ["plain,dev"]),
        (("scale", "dev", ""), ["plain,recommender"]),
        (("logs", "dev", "rec"), ["plain,recommender"]),
        (("exec", "no-such-environment", ""), []),
        (("completion", "f"), ["plain,fish"]),
        (("resu",), ["plain,resume"]),
        (("dep",), ["plain,deploy"]),
        (("up", "d"), ["plain,dev"]),
    ],
)
def test_names_of_the_environment_files_are_offered(words: tuple[str, ...], offered: list[str]) -> None:
    """They are environments, and the services of the named one; without its file there are none."""
    assert asked(*words) == offered


def test_other_shells_get_their_own_form() -> None:
    """zsh requires kind, word and description on three lines."""
    assert asked("status", "p", shell="zsh") == ["plain", "prod", "_"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_runs_this_clone_from_anywhere(shell: str) -> None:
    """A function calls this Python with this clone; no program called wrapper is needed."""
    text = script(shell)
    call = f"env PYTHONPATH={ROOT} {sys.executable} -m wrapper"
    assert text.count(call) == 2
    assert f"{VARIABLE}={shell}_complete" in text
    assert "$+commands" not in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script is evaluated in another folder, and Tab is pressed."""
    monkeypatch.setattr("wrapper.cli.complete._ROOT", clone())
    (tmp_path / "script").write_text(script("bash"))
    lines = "\n".join(
        (
            "set -e",
            ". ./script",
            f"COMP_WORDS=({PROGRAM} status p); COMP_CWORD=2",
            f"_{PROGRAM}_completion {PROGRAM}",
            'echo "${COMPREPLY[@]}"',
            f"{PROGRAM} status --help >/dev/null && echo works",
        )
    )
    answer = subprocess.run(
        ["bash", "-c", lines], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.stdout.split() == ["prod", "works"], answer.stderr
