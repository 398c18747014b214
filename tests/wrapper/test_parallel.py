"""Commands on every environment at once: outcomes, the exit code, and interrupts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sample import clone
from tests.wrapper import forks, stand_in
from wrapper.cli.parallel import Command, Run, cores, default_parallelism, exit_code, run_all

ROOT = Path(__file__).parents[2]


def run_stand_in(names: list[str], command: Command, *, root: Path, parallelism: int) -> list[Run]:
    return run_all(names, command, root=root, parallelism=parallelism, entry=stand_in.main)


def run(code: int) -> Run:
    return Run(environment="dev", code=code, seconds=1)


def test_outcomes_come_in_the_order_of_the_names(tmp_path: Path) -> None:
    """Each has its document; the first to end is not the first to be printed."""
    runs = run_stand_in(
        ["b", "a"], lambda name: ["slow", name, "0.3" if name == "b" else "0"], root=tmp_path, parallelism=2
    )
    assert [(each.environment, each.code) for each in runs] == [("b", 0), ("a", 0)]
    assert all(each.document for each in runs)


def test_no_more_run_at_once_than_asked_for(tmp_path: Path) -> None:
    """With one at a time, the second starts after the first."""
    first, second = run_stand_in(["a", "b"], lambda name: ["slow", name, "0.2"], root=tmp_path, parallelism=1)
    assert first.document
    assert second.document
    assert second.document["at"] - first.document["at"] >= 0.2


def test_a_failure_keeps_its_code_and_its_words(tmp_path: Path) -> None:
    """It shows all lines after the last error, without the advice; other environments are not affected."""
    bad, good = run_stand_in(
        ["x", "y"], lambda name: ["bad" if name == "x" else "good", name], root=tmp_path, parallelism=2
    )
    assert (bad.code, bad.problem, bad.document) == (10, "first second", None)
    assert bad.as_json()["error"] == "first second"
    assert good.document == {"name": "y"}


def test_processes_that_end_while_others_start_keep_their_codes(tmp_path: Path) -> None:
    """Each exit code is read once, by the thread that waits for that process."""
    names = [str(number) for number in range(24)]
    runs = run_stand_in(names, lambda name: ["bad", name], root=tmp_path, parallelism=6)
    assert {each.code for each in runs} == {10}


def test_a_document_that_is_an_error_is_a_failure(tmp_path: Path) -> None:
    """With `--json` a command prints its error on standard output."""
    [refused] = run_stand_in(["x"], lambda name: ["refused", name], root=tmp_path, parallelism=1)
    assert (refused.code, refused.problem, refused.document) == (10, "there is none", None)


def test_a_process_that_was_killed_is_told_as_a_shell_would(tmp_path: Path) -> None:
    """The code is 128 and the signal's number."""
    [killed] = run_stand_in(["x"], lambda name: ["killed", name], root=tmp_path, parallelism=1)
    assert (killed.code, killed.problem) == (137, "it ended without a message")


@pytest.mark.parametrize(
    ("codes", "code"),
    [([0, 0], 0), ([0, 2], 2), ([2, 4, 0], 4), ([10, 4], 10), ([], 0)],
)
def test_the_worst_code_counts(codes: list[int], code: int) -> None:
    """A failure is worse than a finding, whatever their numbers."""
    assert exit_code([run(each) for each in codes], finding=2) == code
    assert exit_code([run(9), run(4)], finding=9) == 4


def test_there_is_a_core() -> None:
    """At least the one that runs this test counts."""
    assert 1 <= cores() <= (os.cpu_count() or 1)
    assert default_parallelism() == 2 * cores()


def test_an_interrupt_lets_each_clean_up_and_starts_no_more(tmp_path: Path) -> None:
    """As after Ctrl-C, each running one gets one SIGINT."""
    script = (
        "import sys; from pathlib import Path; from wrapper.cli.parallel import run_all\n"
        "from tests.wrapper import stand_in; root = Path(sys.argv[1])\n"
        "run_all(['a', 'b'], lambda name: ['patient', name, str(root / name)], root=root, parallelism=1,"
        " entry=stand_in.main)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not ((tmp_path / "a").exists() and (tmp_path / "a").read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    assert (tmp_path / "a").read_text() == "cleaned up"
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("words", [["plan"], ["plan", "dev", "--all"], ["drift"], ["drift", "dev", "--all"]])
def test_one_environment_or_all_must_be_asked_for(words: list[str]) -> None:
    """Neither and both are wrong usage."""
    answer = forks.run(clone(), *words)
    assert answer.returncode == 2
    assert "Name one ENVIRONMENT, or use --all." in answer.stderr


def test_all_environments_are_one_document(tmp_path: Path) -> None:
    """Every environment fails here, without Terraform or a sandbox, and each has its own error."""
    answer = forks.run(clone(), "drift", "--all", "--json", env=os.environ | {"PATH": str(tmp_path)})
    assert answer.returncode == 10
    found = json.loads(answer.stdout)["environments"]
    assert sorted(found) == ["dev", "prod", "staging"]
    assert all(each["code"] == 10 and each["error"] for each in found.values())
    assert "terraform is missing from PATH" in found["staging"]["error"]


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_failures_stand_in_the_table_and_below_it(tmp_path: Path, verb: str) -> None:
    """Each environment has its row; the errors follow as text."""
    answer = forks.run(clone(), verb, "--all", env=os.environ | {"PATH": str(tmp_path)})
    assert answer.returncode == 10, answer.stderr
    rows = [line.split()[:3] for line in answer.stdout.splitlines()[1:]]
    assert rows == [[name, "failed", "(10)"] for name in ("dev", "prod", "staging")]
    told = [line.split()[1] for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert told == ["dev:", "prod:", "staging:"]
