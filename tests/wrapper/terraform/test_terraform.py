"""A stack's life by our Terraform class: init, plan, show, apply, outputs, with the real terraform."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import Clone, LocalBackend, needs_terraform, silent
from wrapper.errors import TerraformError
from wrapper.terraform import S3Backend
from wrapper.terraform.plan import Action, Summary

pytestmark = needs_terraform

HELLO = 'word = "hello"\n'


def init_log(clone: Clone) -> Path:
    return clone.work / "init.jsonl"


def outputs(clone: Clone) -> dict[str, str]:
    path = clone.backend.path
    found = json.loads(path.read_text())["outputs"] if path.exists() else {}
    return {name: each["value"] for name, each in found.items()}


def files_outside_the_work_folder(clone: Clone) -> set[Path]:
    return {path for path in clone.root.rglob("*") if ".wrapper" not in path.parts and path.is_file()}


def test_a_stack_is_applied_and_read_back(quick: Clone) -> None:
    """The variables reach the resource, and the outputs come back as values."""
    quick.apply(HELLO)
    assert outputs(quick) == {"word": "hello"}


def test_a_plan_says_what_it_would_do(quick: Clone) -> None:
    """The saved plan has counts and addresses without being read again."""
    quick.init(HELLO)
    plan = quick.terraform.plan("app", progress=silent)
    assert plan.has_changes
    assert plan.summary == Summary(add=1)
    assert [(change.address, change.action) for change in plan.changes] == [("terraform_data.word", "create")]


def test_a_second_plan_is_empty(quick: Clone) -> None:
    """What was applied is not planned again."""
    quick.apply(HELLO)
    plan = quick.terraform.plan("app", progress=silent)
    assert not plan.has_changes
    assert quick.terraform.show(plan).text() == "app: no changes"


def test_a_plan_is_shown_as_data(quick: Clone) -> None:
    """`show` reads the whole plan of the saved file."""
    quick.apply(HELLO)
    quick.init('word = "bye"\n')
    shown = quick.terraform.show(quick.terraform.plan("app", progress=silent))
    assert [(each.address, each.action) for each in shown.resources] == [
        ("terraform_data.word", Action.UPDATE)
    ]
    assert 'input: "hello" → "bye"' in shown.text()


def test_destroying_is_another_plan(quick: Clone) -> None:
    """A destroy plan is saved, shown and applied like any other; then nothing is left to destroy."""
    quick.apply(HELLO)
    plan = quick.terraform.plan("app", destroy=True, progress=silent)
    assert (plan.summary, plan.destroy) == (Summary(destroy=1), True)
    assert quick.terraform.apply(plan, progress=silent) == Summary(destroy=1)
    assert not quick.terraform.plan("app", destroy=True, progress=silent).has_changes


def test_only_a_change_of_outputs_is_a_change(quick: Clone) -> None:
    """No resource changes, but the plan is not empty."""
    quick.apply(HELLO)
    quick.write((quick.stack / "main.tf").read_text() + 'output "more" {\n  value = 1\n}\n')
    quick.init(HELLO)
    plan = quick.terraform.plan("app", progress=silent)
    assert (plan.has_changes, plan.summary) == (True, Summary())


def test_steps_are_reported(quick: Clone) -> None:
    """An apply's lines count up to the plan's total."""
    quick.init(HELLO)
    lines: list[str] = []
    quick.terraform.apply(quick.terraform.plan("app", progress=silent), progress=lines.append)
    assert lines == ["terraform_data.word: creating (0/1)", "terraform_data.word: created in 0s (1/1)"]


def test_init_is_skipped_while_nothing_changes(quick: Clone) -> None:
    """Changed variables need no new init."""
    quick.init(HELLO)
    init_log(quick).unlink()
    quick.init('word = "other"\n')
    assert not init_log(quick).exists()


def test_another_stack_is_prepared_during_a_plan(quick: Clone) -> None:
    """Its `init` is done then; if it fails, the block does."""
    with quick.terraform.initialising("app", backend=quick.backend):
        pass
    init_log(quick).unlink()
    quick.init(HELLO)
    assert not init_log(quick).exists()
    (quick.stack / "more.tf").write_text("no HCL")
    with (
        pytest.raises(TerraformError, match="init of dev/app failed"),
        quick.terraform.initialising("app", backend=quick.backend),
    ):
        pass


@pytest.mark.parametrize("what", ["configuration", "backend", "data"])
def test_init_runs_again_when_something_changed(quick: Clone, what: str) -> None:
    """A changed file, another backend or a lost data folder each need a new init."""
    quick.init(HELLO)
    init_log(quick).unlink()
    match what:
        case "configuration":
            (quick.stack / "more.tf").write_text('output "more" {\n  value = 1\n}\n')
        case "backend":
            quick = replace(quick, backend=LocalBackend(path=quick.root / "other.tfstate"))
        case "data":
            (quick.work / "data").rename(quick.work / "gone")
    quick.init(HELLO)
    assert init_log(quick).exists()


def test_the_configuration_stays_clean(quick: Clone) -> None:
    """A complete life leaves no file in the terraform/ tree."""
    before = files_outside_the_work_folder(quick)
    quick.apply(HELLO)
    quick.terraform.apply(quick.terraform.plan("app", destroy=True, progress=silent), progress=silent)
    states = {quick.backend.path, quick.backend.path.with_name("state.tfstate.backup")}
    assert files_outside_the_work_folder(quick) - states == before


def test_what_may_hold_secrets_is_private(quick: Clone) -> None:
    """Plans and variables can be read only by their owner."""
    quick.apply(HELLO)
    assert quick.work.stat().st_mode & 0o777 == 0o700


def test_no_other_process_writes_our_plan(quick: Clone) -> None:
    """Another plan in the clone must not replace the one that a user is asked about."""
    quick.init(HELLO)
    ours = quick.terraform.plan("app", progress=silent)
    finished, running = quick.work / "apply-999999999.tfplan", quick.work / f"apply-{os.getppid()}.tfplan"
    finished.touch()
    running.touch()
    assert quick.terraform.plan("app", progress=silent).path == ours.path
    assert (finished.exists(), running.exists()) == (False, True)


def test_a_plan_without_a_backend_touches_nothing(quick: Clone) -> None:
    """Without a state bucket, a plan works on a copy and leaves no state anywhere."""
    before = files_outside_the_work_folder(quick)
    quick.terraform.init("app", tfvars=HELLO, backend=None)
    plan = quick.terraform.plan("app", progress=silent)
    assert (plan.summary, plan.preview) == (Summary(add=1), True)
    assert outputs(quick) == {}
    assert files_outside_the_work_folder(quick) == before
    assert not list(quick.root.rglob("*none.tfstate*"))


def test_a_preview_is_not_applied(quick: Clone) -> None:
    """It was made without the real state."""
    quick.terraform.init("app", tfvars=HELLO, backend=None)
    plan = quick.terraform.plan("app", progress=silent)
    with pytest.raises(TerraformError, match="is a preview"):
        quick.terraform.apply(plan, progress=silent)


def test_a_preview_can_have_a_copy_of_a_state(quick: Clone) -> None:
    """The copy lacks what was lost, so the plan creates it again; the state is not touched."""
    quick.apply(HELLO)
    whole = quick.backend.path.read_bytes()
    quick.terraform.init("app", tfvars=HELLO, backend=None, state=whole)
    assert not quick.terraform.plan("app", lock=False, progress=silent).has_changes
    lost = json.dumps({**json.loads(whole), "resources": []}).encode()
    quick.terraform.init("app", tfvars=HELLO, backend=None, state=lost)
    plan = quick.terraform.plan("app", lock=False, progress=silent)
    assert (plan.summary, plan.preview) == (Summary(add=1), True)
    document = quick.terraform.refresh("app", only=False, progress=silent)
    assert document is not None
    assert "resource_drift" not in document
    assert quick.backend.path.read_bytes() == whole
    quick.terraform.forget_values()
    assert not list(quick.work.rglob("*none.tfstate*"))


def test_the_real_state_follows_a_preview(quick: Clone) -> None:
    """As soon as there is a backend, the next init uses it."""
    quick.terraform.init("app", tfvars=HELLO, backend=None)
    quick.apply(HELLO)
    assert outputs(quick) == {"word": "hello"}


def test_the_sandbox_backend_is_rendered() -> None:
    """The emulator's settings are Terraform's own, and the lock file is on."""
    text = S3Backend(bucket="b", key="app.tfstate", region="eu-west-1", sandbox=True).render()
    assert text.splitlines() == [
        'bucket = "b"',
        'key = "app.tfstate"',
        'region = "eu-west-1"',
        "encrypt = true",
        "use_lockfile = true",
        "use_path_style = true",
        "skip_credentials_validation = true",
        "skip_requesting_account_id = true",
        "skip_metadata_api_check = true",
        "skip_region_validation = true",
    ]


def test_the_backend_refuses_another_account() -> None:
    """On AWS Terraform itself checks the account id."""
    text = S3Backend(bucket="b", key="k", region="eu-west-1", account_id="123456789012").render()
    assert 'allowed_account_ids = ["123456789012"]' in text


def test_what_is_forgotten_stays(quick: Clone) -> None:
    """It is removed from the state, and nothing is destroyed; an unknown address is refused."""
    quick.apply(HELLO)
    quick.terraform.forget("app", ["terraform_data.word"])
    plan = quick.terraform.plan("app", destroy=True, progress=silent)
    assert plan.summary == Summary()
    assert quick.terraform.plan("app", progress=silent).summary == Summary(add=1)
    with pytest.raises(TerraformError, match="No matching objects found"):
        quick.terraform.forget("app", ["terraform_data.word"])
