"""What a user reads when terraform fails: each error once, with its place and what to do."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import QUICK, Clone, clone_at, make_clone, needs_terraform, silent
from wrapper.errors import ConfigError, LockedError, PreconditionError, TerraformError, WrapperError
from wrapper.terraform import Executable, PlanFile
from wrapper.terraform.failure import Run, explain
from wrapper.terraform.lock_timeout import LOCK_VARIABLE
from wrapper.terraform.messages import Diagnostic
from wrapper.terraform.plan import Summary
from wrapper.terraform.process import Completed

pytestmark = needs_terraform

# Waits while a file exists, so that a test can act in the middle of an apply.
SLOW = """
terraform {
  backend "local" {}
}

variable "gate" {
  type = string
}

resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "while [ -e ${var.gate} ]; do sleep 0.05; done"
  }
}
"""

SHORT = """
variable "short" {
  type = string

  validation {
    condition     = length(var.short) <= 3
    error_message = "short must have 3 letters at most, got ${var.short}."
  }
}

output "short" {
  value = var.word

  precondition {
    condition     = var.word != "long"
    error_message = "word must not be long."
  }
}

resource "terraform_data" "short" {
  lifecycle {
    precondition {
      condition     = length(var.word) < 4
      error_message = "word must be a short one, got ${var.word}."
    }
  }
}
"""

# Applies the stack `app` of a clone in a process of its own.
APPLY = """
import signal, sys
from pathlib import Path
from tests.wrapper.terraform.clones import clone_at
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run where Ctrl-C is ignored
try:
    clone_at(Path(sys.argv[1])).apply(sys.argv[2])
except KeyboardInterrupt:
    sys.exit(130)
"""


@contextmanager
def applying(clone: Clone, gate: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the block in the middle of another process's apply."""
    clone.write(SLOW)
    gate.touch()
    process = subprocess.Popen(
        [sys.executable, "-c", APPLY, str(clone.root), f'gate = "{gate}"\n'],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    try:
        wait_until(lambda: b"provision_start" in read(clone.work / "apply.jsonl"))
        yield process
    finally:
        gate.unlink(missing_ok=True)
        process.wait(timeout=30)


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def failure(clone: Clone, tfvars: str = "") -> WrapperError:
    with pytest.raises(WrapperError) as caught:
        clone.apply(tfvars)
    return caught.value


def run_of(folder: Path, verb: str) -> Run:
    return Run(
        verb=verb,
        environment="dev",
        stack="app",
        root=folder,
        folder=folder,
        configuration=folder,
        work=folder,
    )


def test_an_error_names_its_resource_file_and_line_once(quick: Clone) -> None:
    """The file is relative to the clone, and the sentence appears once."""
    quick.write(
        QUICK
        + 'resource "terraform_data" "bad" {\n  provisioner "local-exec" {\n    command = "exit 7"\n  }\n}\n'
    )
    error = failure(quick, 'word = "a"\n')
    assert isinstance(error, TerraformError)
    assert error.message.startswith(
        "terraform apply of dev/app failed\n"
        "  terraform_data.bad (terraform/stacks/app/main.tf:18): local-exec provisioner error\n"
    )
    assert error.message.count("exit status 7") == 1


def test_a_refused_variable_is_a_problem_of_the_file(quick: Clone) -> None:
    """The messages of a validation and of a precondition are shown like those of any other mistake."""
    quick.write(QUICK + SHORT)
    quick.terraform.init("app", tfvars='word = "long"\nshort = "long"\n', backend=None)
    with pytest.raises(ConfigError) as caught:
        quick.terraform.plan("app", progress=silent)
    assert caught.value.source == "environments/dev.yaml"
    assert caught.value.problems == (
        "short must have 3 letters at most, got long.",
        "word must be a short one, got long.",
        "word must not be long.",
    )


def test_a_preview_names_the_original_files(quick: Clone) -> None:
    """A preview works on a copy, which the user never sees."""
    quick.write(QUICK + 'output "a" {\n  value = nothing.here\n}\n')
    quick.terraform.init("app", tfvars='word = "a"\n', backend=None)
    with pytest.raises(TerraformError, match=r"\n  terraform/stacks/app/main\.tf:18: "):
        quick.terraform.plan("app", progress=silent)


def test_every_complaint_is_shown(quick: Clone) -> None:
    """Two mistakes are two paragraphs of one message."""
    quick.write(QUICK + 'output "a" {\n  value = nothing.here\n}\noutput "b" {\n  value = var.missing\n}\n')
    error = failure(quick, 'word = "a"\n')
    assert error.message.startswith("terraform plan of dev/app failed: 2 errors\n")


def test_broken_configuration_fails_at_init(quick: Clone) -> None:
    """A syntax error has its place as well."""
    quick.write('resource "x')
    assert "terraform/stacks/app/main.tf:1" in failure(quick).message


def test_a_question_without_an_answer_is_an_error(quick: Clone) -> None:
    """If python-terraform returns None, an error is raised."""
    quick.init('word = "a"\n')
    plan = quick.terraform.plan("app", progress=silent)
    plan.path.write_text("{")
    with pytest.raises(TerraformError, match=r"terraform show of dev/app failed\n  Error: ") as caught:
        quick.terraform.show(plan)
    assert not re.search("[│╷\x1b]", caught.value.message)


def test_a_stale_plan_is_not_applied(quick: Clone) -> None:
    """The state has changed since the plan was made."""
    quick.init('word = "a"\n')
    plan = quick.terraform.plan("app", progress=silent)
    quick.terraform.apply(plan, progress=silent)
    with pytest.raises(TerraformError, match="Saved plan is stale") as caught:
        quick.terraform.apply(plan, progress=silent)
    assert "Plan again" in (caught.value.fix or "")


@pytest.mark.slow
def test_a_locked_state_says_by_whom_and_changes_nothing(clone: Clone, tmp_path: Path) -> None:
    """A second run during the first is refused, and works after it."""
    gate = tmp_path / "gate"
    with applying(clone, gate):
        with pytest.raises(LockedError) as caught:
            clone.terraform.plan("app", progress=silent)
        gate.unlink()
    assert re.match(
        r"state of dev/app is locked by \S+@\S+ since 20\S+ .* \(operation apply, lock ", caught.value.message
    )
    assert "python -m wrapper unlock dev" in (caught.value.fix or "")
    assert not clone.terraform.plan("app", progress=silent).has_changes


def test_a_damaged_lock_is_told_with_the_command_that_removes_it(tmp_path: Path) -> None:
    """Terraform says no more of a lock in S3 that is empty or cut; these are its words."""
    detail = (
        "Error message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: 1,"
        " HostID: 2, api error PreconditionFailed: At least one of the pre-conditions you specified did not"
        " hold\nfailed to unmarshal JSON data into LockInfo struct: unexpected end of JSON input"
    )
    error = explain(
        run_of(tmp_path, "plan"),
        Completed(code=1, stdout="", stderr=""),
        [Diagnostic(severity="error", summary="Error acquiring the state lock", detail=detail)],
    )
    assert isinstance(error, LockedError)
    assert "state of dev/app has a lock that must say who holds it" in error.message
    assert "python -m wrapper unlock dev" in (error.fix or "")


def test_a_lock_that_a_command_without_json_meets_is_told_by_its_holder(tmp_path: Path) -> None:
    """`terraform state rm` frames the same words and writes them to stderr."""
    stderr = """╷
│ Error: Error acquiring the state lock
│
│ Error message: operation error S3: PutObject, https response error
│ StatusCode: 412, api error PreconditionFailed: At least one of the
│ pre-conditions you specified did not hold
│ Lock Info:
│   ID:        9b8a3117-c11b-82b4-b243-1f4d5e79b5e2
│   Path:      recommender-dev-state-000000000000/app.tfstate
│   Operation: OperationTypeApply
│   Who:       root@vm
│   Version:   1.11.4
│   Created:   2026-11-30 12:39:24.155477303 +0000 UTC
│   Info:
╵
"""
    error = explain(run_of(tmp_path, "state"), Completed(code=1, stdout="", stderr=stderr), [])
    assert isinstance(error, LockedError)
    assert (
        "is locked by root@vm since 2026-11-30 12:39:24.155477303 +0000 UTC (operation apply" in error.message
    )
    assert "python -m wrapper unlock dev" in (error.fix or "")


@pytest.mark.slow
def test_a_locked_state_is_waited_for(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the given time, and prints what it waits for."""
    gate, lines = tmp_path / "gate", list[str]()

    def let_it_end(line: str) -> None:
        lines.append(line)
        gate.unlink(missing_ok=True)

    with applying(clone, gate):
        monkeypatch.setenv(LOCK_VARIABLE, "30")
        plan = clone_at(clone.root).terraform.plan("app", progress=let_it_end)
    assert lines[0] == "waiting for the state's lock"
    assert not plan.has_changes


@pytest.mark.slow
def test_who_only_looks_needs_no_lock(clone: Clone, tmp_path: Path) -> None:
    """Plans run in parallel to an apply and to each other, and leave the lock as it is."""
    gate = tmp_path / "gate"
    with applying(clone, gate):
        (lock,) = clone.backend.path.parent.glob(".*.lock.info")
        before = lock.read_text()
        looking = [clone.terraform.plan("app", lock=False, progress=silent) for _ in range(2)]
        assert lock.read_text() == before
        gate.unlink()
    assert [plan.summary for plan in looking] == [Summary(add=1)] * 2


@pytest.mark.parametrize("seconds", ["soon", "-1", "1.5"])
def test_a_bound_that_is_none_is_told(clone: Clone, monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    """The error comes before anything is run."""
    monkeypatch.setenv(LOCK_VARIABLE, seconds)
    with pytest.raises(PreconditionError, match="must be a whole number of seconds, got '"):
        clone_at(clone.root)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_apply_releases_its_lock(clone: Clone, tmp_path: Path, number: signal.Signals) -> None:
    """After Ctrl-C terraform stops in order: its process has ended and the next plan can lock."""
    gate = tmp_path / "gate"
    with applying(clone, gate) as process:
        process.send_signal(number)
        assert process.wait(timeout=30) == 130
    assert clone.terraform.plan("app", progress=silent).summary == Summary(add=1, destroy=1)


@pytest.mark.slow
def test_a_killed_wrapper_leaves_a_state_that_the_next_apply_finishes(clone: Clone, tmp_path: Path) -> None:
    """After kill -9 of the wrapper, terraform ends by itself and releases the lock."""
    gate = tmp_path / "gate"
    with applying(clone, gate) as process:
        process.kill()
        process.wait()
    wait_until(lambda: not clone.backend.path.with_name(".state.tfstate.lock.info").exists())
    clone.apply(f'gate = "{gate}"\n')
    assert not clone.terraform.plan("app", progress=silent).has_changes


def test_a_lost_data_folder_is_healed_by_the_next_run(quick: Clone) -> None:
    """When terraform asks for an init, the record of the last one is deleted."""
    quick.init('word = "a"\n')
    (quick.work / "data" / "terraform.tfstate").unlink()
    with pytest.raises(TerraformError, match="initialization required") as caught:
        quick.terraform.plan("app", progress=silent)
    assert "same command again" in (caught.value.fix or "")
    quick.apply('word = "a"\n')


def scripted(tmp_path: Path, path: Path) -> tuple[Clone, PlanFile]:
    clone = make_clone(
        tmp_path / "clone", executable=Executable(path=path, version="1.11.4", platform="linux_amd64")
    )
    clone.work.mkdir(parents=True, exist_ok=True)
    plan = PlanFile(stack="app", path=tmp_path / "plan", has_changes=True, summary=Summary(add=1))
    return clone, plan


def test_a_state_that_cannot_be_saved_is_kept_for_the_user(
    tmp_path: Path, script: Callable[[str], Path]
) -> None:
    """Terraform writes it to the configuration's folder; the wrapper moves it, and prints what to do."""
    clone, plan = scripted(tmp_path, script("echo '{}' > errored.tfstate; exit 1"))
    with pytest.raises(TerraformError) as caught:
        clone.terraform.apply(plan, progress=silent)
    (unsaved,) = clone.work.glob("unsaved-*.tfstate")
    assert f"state push {unsaved}" in (caught.value.fix or "")
    assert not list(clone.stack.iterdir())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo panic: oh no >&2; exit 11", "it ended with code 11; its last lines:\n  panic: oh no"),
        ("kill -9 $$", "it was ended by SIGKILL without output."),
        ("exit 1", "it ended with code 1 without output."),
    ],
)
def test_a_crash_shows_the_last_words(
    tmp_path: Path, script: Callable[[str], Path], body: str, said: str
) -> None:
    """For a terraform that ends without a diagnostic, its output is shown."""
    clone, plan = scripted(tmp_path, script(body))
    with pytest.raises(TerraformError) as caught:
        clone.terraform.apply(plan, progress=silent)
    assert caught.value.message == f"terraform apply of dev/app failed\n  {said}"


def test_an_apply_that_does_not_say_what_it_did_is_no_success(
    tmp_path: Path, script: Callable[[str], Path]
) -> None:
    """For example its output could not be written: it may have changed anything."""
    clone, plan = scripted(tmp_path, script('echo \'{"type": "apply_start"\'; exit 0'))
    with pytest.raises(TerraformError, match="must end with its summary, got 23 bytes without it") as caught:
        clone.terraform.apply(plan, progress=silent)
    assert "wrapper plan dev" in (caught.value.fix or "")


def test_words_in_place_of_a_document_are_told(tmp_path: Path, script: Callable[[str], Path]) -> None:
    """A program around terraform has added text; none of it is shown, because a plan contains secrets."""
    clone, plan = scripted(tmp_path, script("echo '[command]terraform show'; echo '{}'"))
    with pytest.raises(TerraformError, match="must print one JSON document, got 27 bytes") as caught:
        clone.terraform.show(plan)
    assert "terraform_wrapper: false" in (caught.value.fix or "")


def test_a_flood_of_errors_is_cut_to_its_end(tmp_path: Path, script: Callable[[str], Path]) -> None:
    """300 kB of stderr neither block nor fill the screen."""
    clone, plan = scripted(tmp_path, script("seq -f '%0100.0f' 3000 >&2; exit 2"))
    with pytest.raises(TerraformError) as caught:
        clone.terraform.apply(plan, progress=silent)
    assert len(caught.value.message.splitlines()) == 22
    assert caught.value.message.endswith("3000")


@pytest.mark.parametrize(
    ("verb", "summary", "expected", "advice"),
    [
        ("plan", "No valid credential sources found", PreconditionError, "AWS_PROFILE"),
        ("apply", "No valid credential sources found", TerraformError, "AWS_PROFILE"),
        (
            "init",
            "ExpiredToken: the security token included in the request is expired",
            PreconditionError,
            "Renew",
        ),
        ("plan", "AWS account ID not allowed: 123456789012", PreconditionError, "account_id"),
        ("plan", "InvalidClientTokenId: The security token is invalid", PreconditionError, "check the key"),
        ("init", 'S3 bucket "b" does not exist', TerraformError, "wrapper apply"),
        ("plan", "dial tcp 127.0.0.1:4566: connect: connection refused", TerraformError, "doctor"),
        ("init", "Provider dependency changes detected", TerraformError, "commit"),
        ("plan", "write /x/app.tfplan: no space left on device", PreconditionError, "Free space"),
        ("apply", "write /x/state: disk quota exceeded", TerraformError, "Free space"),
    ],
)
def test_known_causes_come_with_advice(
    tmp_path: Path, verb: str, summary: str, expected: type[WrapperError], advice: str
) -> None:
    """Unusable credentials are a precondition unless an apply was under way; each cause has its fix."""
    run = run_of(tmp_path, verb)
    error = explain(
        run, Completed(code=1, stdout="", stderr=""), [Diagnostic(severity="error", summary=summary)]
    )
    assert type(error) is expected
    assert advice in (error.fix or "")


def test_an_unknown_cause_has_no_advice(tmp_path: Path) -> None:
    """No fix is better than a wrong one."""
    run = run_of(tmp_path, "apply")
    errors = [Diagnostic(severity="error", summary="Something else", detail=json.dumps({}))]
    assert explain(run, Completed(code=1, stdout="", stderr=""), errors).fix is None


FULL = """
import sys
from pathlib import Path
from tests.wrapper.terraform.test_failure import scripted, silent
from wrapper.errors import WrapperError

clone, plan = scripted(Path(sys.argv[1]), Path(sys.argv[2]))
try:
    clone.terraform.apply(plan, progress=silent)
except WrapperError as error:
    print(error.message, error.fix)
"""


def test_a_full_folder_of_logs_is_named(tmp_path: Path, script: Callable[[str], Path]) -> None:
    """A stack's logs are in the stack's own folder, which may be on a disk of its own."""
    work = tmp_path / "clone" / ".wrapper" / "dev" / "app"
    work.mkdir(parents=True)
    program = script("seq 30000 2>/dev/null; exit 1")
    mounted = f'mount -t tmpfs -o size=64k tmpfs {work} && exec "$@"'
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*apart, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode != 0:
        pytest.skip("this machine gives no mount namespaces to ordinary users")
    words = [sys.executable, "-c", FULL, str(tmp_path), str(program)]
    done = subprocess.run([*apart, mounted, "sh", *words], capture_output=True, text=True)
    assert f"its output is lost: {work} must be on a disk with free space, got none." in done.stdout, done
