"""Which terraform is used, and which is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wrapper.errors import PreconditionError
from wrapper.sandbox.proc import wait_gone
from wrapper.terraform.binary import find_executable

Script = Callable[[str], Path]


def version(number: str) -> str:
    return f"""echo '{{"terraform_version": "{number}", "platform": "linux_amd64"}}'"""


def refusal(path: Path) -> PreconditionError:
    with pytest.raises(PreconditionError) as caught:
        find_executable(str(path))
    return caught.value


@pytest.mark.parametrize("number", ["1.11.0", "1.12.0-beta1", "2.0.1"])
def test_a_version_that_is_new_enough_is_taken(script: Script, number: str) -> None:
    """1.11 and everything after it works, pre-releases included."""
    path = script(version(number))
    found = find_executable(str(path.parent))
    assert (found.path, found.version, found.platform) == (path, number, "linux_amd64")


def test_a_missing_terraform_is_explained(tmp_path: Path) -> None:
    """The message says what is missing, and the fix where to get it."""
    error = refusal(tmp_path)
    assert error.message == "terraform is missing from PATH."
    assert "developer.hashicorp.com" in (error.fix or "")


def test_an_old_version_is_refused(script: Script) -> None:
    """1.10 lacks the S3 lock file; the message names the version and the program's path."""
    path = script(version("1.10.5"))
    assert refusal(path.parent).message == f"terraform must be 1.11 or newer, got 1.10.5 ({path})."


@pytest.mark.parametrize("body", ["echo nonsense", "echo '{}'", "echo '[]'", "exit 3", version("new")])
def test_a_program_that_names_no_version_is_refused(script: Script, body: str) -> None:
    """Another program with the name terraform is recognised."""
    assert refusal(script(body).parent).fix


def test_what_adds_words_to_terraforms_is_named(script: Script) -> None:
    """Its output is shown, in any encoding, and what to switch off."""
    error = refusal(script(f"printf '[command]terraform v\\351rsion\\n'; {version('1.11.4')}").parent)
    assert (
        "must print a version as JSON and nothing else, got: [command]terraform v\ufffdrsion" in error.message
    )
    assert "terraform_wrapper: false" in (error.fix or "")


def test_a_failing_program_is_told_in_its_own_words(script: Script) -> None:
    """A version manager without an installed version, for example, prints its own message."""
    error = refusal(script("echo 'tfenv: no version is set' >&2; exit 1").parent)
    assert "got: tfenv: no version is set." in error.message


def test_a_program_that_never_answers_is_given_up(script: Script) -> None:
    """Its child processes are ended, too: they would continue, or keep their output open."""
    path = script("sleep 600 & echo $! > $0.pid; wait")
    with pytest.raises(PreconditionError, match=r"must answer, got nothing for 0\.5 s"):
        find_executable(str(path.parent), seconds=0.5)
    started = int(path.with_name(f"{path.name}.pid").read_text())
    assert wait_gone([started], seconds=10) == []


def test_a_program_that_leaves_something_behind_is_not_waited_for(script: Script) -> None:
    """Its answer is complete."""
    path = script(f"sleep 600 & {version('1.11.4')}")
    assert find_executable(str(path.parent)).version == "1.11.4"
