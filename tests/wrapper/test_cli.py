"""The command line from outside: wrong usage, pipes, and exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from tests.sample import clone
from tests.wrapper import forks
from wrapper.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def wrapper(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return forks.run(clone(), *words, env=env)


def test_an_unknown_environment_names_those_there_are() -> None:
    """After a typo in the argument nothing has happened."""
    answer = wrapper("apply", "deev")
    assert answer.returncode == 3
    assert "dev, prod, staging" in answer.stderr


def test_every_bad_override_is_told_at_once() -> None:
    """Two mistakes are in one message, and nothing is changed."""
    answer = wrapper(
        "apply", "dev", "--set", "services.recommender.scalling.min=3", "--set", "sandbox.alb_port=4566"
    )
    assert answer.returncode == 3
    assert "did you mean scaling?" in answer.stderr
    assert "sandbox.alb_port must differ from port" in answer.stderr


def test_a_missing_ratings_file_is_refused_before_anything_starts() -> None:
    """The message has the key and the path."""
    answer = wrapper("apply", "dev", "--set", "services.recommender.model.ratings=/nowhere/ratings.csv")
    assert answer.returncode == 3
    assert "services.recommender.model.ratings must" in answer.stderr
    assert "/nowhere/ratings.csv" in answer.stderr


def test_a_review_that_cannot_be_written_is_refused_before_planning(tmp_path: Path) -> None:
    """The folder of --out is created first."""
    (tmp_path / "file").write_text("")
    answer = wrapper("plan", "dev", "--out", str(tmp_path / "file" / "folder"))
    assert answer.returncode == 3
    assert "--out: 1 problem" in answer.stderr
    assert "folder that can be written to" in answer.stderr


def test_a_preview_gets_no_roles_of_workflows() -> None:
    """Such roles would have permissions on the preview's names as long as the account exists."""
    answer = wrapper("github", "dev", "--as", "pr-12", "--set", "github={repository: owner/name}")
    assert answer.returncode == 10
    assert "pr-12 is a preview" in answer.stderr
    assert "docs/previews.md" in answer.stderr


def test_previews_are_of_one_environment() -> None:
    """Several would have the same name."""
    answer = wrapper("plan", "--all", "--as", "pr-12")
    assert answer.returncode == 2
    assert "Use --as with one ENVIRONMENT, not with --all." in answer.stderr


def test_an_unknown_command_is_wrong_usage() -> None:
    """It is click's own exit code for usage, and the message has similar commands."""
    answer = wrapper("aply", "dev")
    assert answer.returncode == 2
    assert "No such command 'aply'. Did you mean apply" in answer.stderr


def mistyped(verb: str) -> set[str]:
    """Return a word's typos: one letter left out, doubled, or swapped with the next."""
    cuts = [(verb[:place], verb[place:]) for place in range(len(verb))]
    left_out = {head + tail[1:] for head, tail in cuts}
    doubled = {head + tail[0] + tail for head, tail in cuts}
    return left_out | doubled | {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}


def test_no_typo_is_led_to_destroy() -> None:
    """For a typo of a harmless verb, or a verb of other tools, only harmless commands are suggested."""
    hints = {}
    words = {typo for verb in main.commands for typo in mistyped(verb)} | {
        "delpoy",
        "down",
        "start",
        "deployment",
    }
    for word in words - set(main.commands):
        with pytest.raises(click.UsageError) as refused:
            main.resolve_command(click.Context(main), [word])
        hints[word] = refused.value.message
    assert len(hints) > 300
    assert [hint for word, hint in hints.items() if "destroy" in hint.replace(repr(word), "")] == []
    assert "Did you mean deploy" in hints["delpoy"]


@pytest.mark.parametrize("word", ["deploy", "up"])
def test_other_words_for_apply(word: str) -> None:
    """They do what apply does, and the help says so."""
    context = click.Context(main)
    _, found, _ = main.resolve_command(context, [word, "dev"])
    assert found is not None
    assert (found.callback, found.params) == (main.commands["apply"].callback, main.commands["apply"].params)
    assert re.search(rf"^  {word} +The same as apply$", main.get_help(context), re.MULTILINE)


def test_without_terraform_apply_says_what_to_install(tmp_path: Path) -> None:
    """Neither a sandbox nor a folder is created."""
    answer = wrapper("apply", "dev", "--set", "sandbox.port=1", env=os.environ | {"PATH": str(tmp_path)})
    assert answer.returncode == 10
    assert "terraform" in answer.stderr
    assert "fix:" in answer.stderr


def test_an_environment_on_aws_without_credentials_says_so(tmp_path: Path) -> None:
    """The first thing that apply does on AWS is to read the credentials' account."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    reference = f"nginx@sha256:{'0' * 64}"
    answer = wrapper(
        "apply",
        "staging",
        "--set",
        f"services.recommender.image={{reference: '{reference}'}}",
        env=clean | nobody,
    )
    assert answer.returncode == 10
    assert "credentials" in answer.stderr


def test_the_sandbox_commands_refuse_an_environment_on_aws() -> None:
    """There is nothing to start for it."""
    answer = wrapper("sandbox", "up", "prod")
    assert answer.returncode == 10
    assert "target" in answer.stderr


def test_help_lists_the_verbs() -> None:
    """Help is fast and complete."""
    answer = wrapper("--help")
    assert answer.returncode == 0
    for verb in (
        "apply",
        "plan",
        "destroy",
        "doctor",
        "model",
        "sandbox",
        "unlock",
        "rollback",
        "status",
        "logs",
    ):
        assert verb in answer.stdout


@pytest.mark.parametrize(
    "command",
    [
        "rollback dev",
        "rollback dev 2",
        "status dev",
        "logs dev",
        "scale dev recommender 2",
        "output dev",
        "open dev",
        "smoke dev",
    ],
)
def test_without_a_sandbox_there_is_nothing_to_work_on(command: str) -> None:
    """None is started; the fix is the command that deploys."""
    answer = wrapper(*command.split(), "--set", "sandbox.port=1")
    assert answer.returncode == 10
    assert "apply dev" in answer.stderr


@pytest.mark.parametrize("count", ["1", "5"])
def test_scale_beyond_the_limits_is_refused_before_anything_is_asked(count: str) -> None:
    """The limits are in the file, so no sandbox is needed to refuse."""
    answer = wrapper("scale", "dev", "recommender", count)
    assert answer.returncode == 3
    assert "scaling.min (2)" in answer.stderr
    assert "scaling.max (4)" in answer.stderr


def test_logs_of_an_unknown_service_name_a_near_one() -> None:
    """The name has a typo."""
    answer = wrapper("logs", "dev", "recomender")
    assert answer.returncode == 3
    assert "did you mean recommender?" in answer.stderr


@pytest.mark.parametrize("since", ["10", "m", "1w", "-5m", "1.5h"])
def test_since_is_a_number_with_a_unit(since: str) -> None:
    """Anything else is wrong usage, with an example."""
    answer = wrapper("logs", "dev", "--since", since)
    assert answer.returncode == 2
    assert "such as 10m" in answer.stderr


def test_a_release_is_a_number() -> None:
    """Anything else is wrong usage."""
    assert wrapper("rollback", "dev", "latest").returncode == 2


def test_without_a_sandbox_there_are_no_releases() -> None:
    """This is no error, and starts nothing."""
    answer = wrapper("releases", "dev", "--json", "--set", "sandbox.port=1")
    assert (answer.returncode, answer.stdout) == (0, "[]\n")


def test_a_reader_that_hangs_up_gets_no_traceback() -> None:
    """`python -m wrapper … | head -1` ends without a message."""
    command = f"{sys.executable} -m wrapper doctor | true"
    answer = subprocess.run(
        ["/bin/bash", "-c", command], cwd=clone(), capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in answer.stderr
    assert "BrokenPipe" not in answer.stderr


GUARDED = """
import sys, click
from wrapper.cli import boundary
from wrapper.errors import LockedError

@click.command()
@click.option("--debug", is_flag=True)
@click.argument("words", nargs=-1)
{parameters}
def command(**_):
    {body}

boundary.guard(command)
"""


def program(body: str, parameters: str = "") -> str:
    return GUARDED.format(body=body, parameters=parameters)


def guarded(body: str, *words: str, parameters: str = "") -> subprocess.CompletedProcess[str]:
    return forks.run(ROOT, *words, program=program(body, parameters))


def test_a_bug_is_one_line_with_a_log_file() -> None:
    """An unexpected exception must not look like the user's mistake, nor be lost."""
    process = guarded("{}['nothing']")
    log = Path(process.stderr.split("report it with ")[1].split(";")[0])
    assert process.returncode == 70
    assert "Traceback" not in process.stderr
    assert "KeyError" in log.read_text()
    log.unlink()


SECRET = "services.web.environment={PW: s3cr3t-word, N: '1'}"


def test_a_log_to_attach_holds_no_value(tmp_path: Path) -> None:
    """It has neither the arguments nor an error that quotes them, and neither does CI's page."""
    body = "raise ValueError(f'got {sys.argv[2]} and s3cr3t-word')"
    words = ("--set", SECRET, f"--set={SECRET}", "--", "psql", "s3cr3t-word")
    process = guarded(body, *words, parameters="@click.option('--set', multiple=True)")
    log = Path(process.stderr.split("report it with ")[1].split(";")[0])
    told = log.read_text()
    log.unlink()
    assert "s3cr3t-word" not in process.stderr + told
    assert "'--set', 'services.web.environment=…', '--set=services.web.environment=…', '--', '…', '…'" in told
    assert "ValueError: got services.web.environment=… and …" in told


def test_a_failure_on_the_page_of_ci_holds_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody with access to the repository can read that page."""
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    wrapper("status", "dev", "--set", "services.recommender.environment={PW: s3cr3t-word}")
    assert "exit code" in page.read_text()
    assert "s3cr3t-word" not in page.read_text()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise OSError(28, 'No space left on device', '/x/plan')", "/x/plan must have room, got: No space"),
        ("raise OSError(13, 'Permission denied', '/x/plan')", "/x/plan must be usable, got: Permission"),
        ("raise OSError(24, 'Too many open files')", "a file must be usable, got: Too many open files."),
        ("raise FileNotFoundError(2, 'No usable temporary directory')", "TMPDIR must name a folder with"),
        ("raise MemoryError", "memory must be free"),
    ],
)
def test_what_this_machine_refuses_is_no_bug(body: str, told: str) -> None:
    """The message says where it happened, and what to do."""
    process = guarded(body)
    assert process.returncode == 10
    assert told in process.stderr
    assert "\nfix: " in process.stderr


def test_a_full_place_is_named_though_the_write_does_not(tmp_path: Path) -> None:
    """A failed write to an open file does not name it: here TMPDIR is a disk of 64 KiB."""
    mounted = f'mount -t tmpfs -o size=64k tmpfs {tmp_path} && TMPDIR={tmp_path} exec "$@"'
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*apart, f"mount -t tmpfs tmpfs {tmp_path}"], capture_output=True).returncode != 0:
        pytest.skip("this system gives no mounts to ordinary users")
    body = "import tempfile; file = tempfile.TemporaryFile(); file.write(bytes(2**17)); file.flush()"
    command = [*apart, mounted, "sh", sys.executable, "-c", program(body)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert process.returncode == 10
    assert f"{tmp_path} must have room, got: No space left on device." in process.stderr


def test_a_bug_without_a_place_for_its_log_is_told(tmp_path: Path) -> None:
    """The message still appears, without the log."""
    process = guarded("import tempfile; tempfile.tempdir = '/nowhere'; {}['nothing']")
    assert process.returncode == 70
    assert process.stderr.endswith("fix: for details, use --debug\n")


def test_debug_shows_the_traceback_of_a_bug() -> None:
    """--debug is for contributors."""
    process = guarded("{}['nothing']", "--debug")
    assert process.returncode == 70
    assert "Traceback" in process.stderr


def test_an_error_has_its_own_code_and_its_fix() -> None:
    """Each class has one exit code; the fix is on a line of its own."""
    process = guarded("raise LockedError('held by another', fix='wait')")
    assert process.returncode == 9
    assert process.stderr == "error: held by another\nfix: wait\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_130(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM do the same: clean up, print a message, exit."""
    process = subprocess.Popen(
        [sys.executable, "-c", program("print('ready', flush=True); import time; time.sleep(20)")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in stderr


@pytest.mark.parametrize("command", ["status", "cost", "verify", "pause", "smoke", "output"])
def test_a_failure_is_json_where_json_is_wanted(command: str) -> None:
    """There is one document on standard output, text on standard error, and the same exit code."""
    answer = wrapper(command, "dev", "--json", "--set", "sandbox.port=1")
    assert answer.returncode == 10
    assert "must be deployed for this" in json.loads(answer.stdout)["error"]
    assert "must be deployed for this" in answer.stderr
