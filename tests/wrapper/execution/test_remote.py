"""ECS Exec through AWS's programs, for which scripts on PATH are used here."""

import os
import stat
from pathlib import Path

import pytest

from wrapper.errors import PreconditionError
from wrapper.verbs.exec.place import Place
from wrapper.verbs.exec.remote import command_of, require_programs, run_remote, spoken

PLACE = Place(region="eu-west-1", cluster="films-prod", task="0123abcd", container="web", is_open=True)
# Prints what the plugin prints and runs the command as the agent would: split like a shell, in a terminal.
AWS = """#!/bin/sh
printf '\\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\\n\\n'
printf '\\r\\nStarting session with SessionId: ecs-execute-command-0abc\\r\\n'
for word; do last=$word; done
eval "$last" | sed 's/$/\\r/'
printf '\\r\\nExiting session with sessionId: ecs-execute-command-0abc.\\r\\n\\r\\n'
"""
BROKEN = "#!/bin/sh\necho 'TargetNotConnectedException' >&2\nexit 254\n"


def programs(folder: Path, aws: str = AWS) -> dict[str, str]:
    for name, text in (("aws", aws), ("session-manager-plugin", "#!/bin/sh\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(stat.S_IRWXU)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_the_command_names_the_place() -> None:
    """It is as one would type it, with the words as one argument."""
    assert command_of(PLACE, ["ls", "-l", "a b"]) == [
        *("aws", "ecs", "execute-command", "--region", "eu-west-1", "--cluster", "films-prod"),
        *("--task", "0123abcd", "--container", "web", "--interactive", "--command", "ls -l 'a b'"),
    ]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["echo", "a  b", "$HOME"], 0, "a  b $HOME\n"),
        (["/bin/sh", "-c", "echo one; echo; echo two; exit 7"], 7, "one\n\ntwo\n"),
        (["printf", "no end"], 0, "no end\n"),
        (["false"], 1, ""),
    ],
)
def test_only_the_command_is_heard(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    """Its lines and its exit code arrive; the plugin's messages and carriage returns do not."""
    assert run_remote(PLACE, words, programs(tmp_path)) == code
    assert capfd.readouterr().out == said


def test_a_session_that_breaks_off_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """AWS's own message is shown."""
    with pytest.raises(PreconditionError, match="ended early with exit code 254"):
        run_remote(PLACE, ["true"], programs(tmp_path, BROKEN))
    assert "TargetNotConnectedException" in capfd.readouterr().err


@pytest.mark.parametrize("missing", ["aws", "session-manager-plugin"])
def test_a_missing_program_is_named_with_where_to_get_it(tmp_path: Path, missing: str) -> None:
    """Both are needed: one calls AWS, the other one keeps the session."""
    programs(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(PreconditionError, match=f"needs {missing}, which is missing from PATH") as caught:
        require_programs(str(tmp_path))
    assert "https://docs.aws.amazon.com/" in str(caught.value.fix)


def test_nothing_after_the_code_is_the_commands() -> None:
    """The session's last messages are left out."""
    code: list[int] = []
    assert list(spoken([b"x\r\n", b"\r\n", b"wrapper-exec-code:4\r\n", b"bye\r\n"], code)) == [b"x\n"]
    assert code == [4]
