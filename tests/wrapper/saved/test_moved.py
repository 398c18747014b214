"""What has changed between a plan and its apply, with each name."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sample import copy_clone
from wrapper.delivery.saved import Origin, moved, moved_states, origin_of, tfvars_inputs
from wrapper.environment import load
from wrapper.terraform import Executable
from wrapper.terraform.state import Position

ROOT = Path(__file__).parents[3]
TERRAFORM = Executable(path=Path("terraform"), version="1.11.4", platform="linux_amd64")


def git(root: Path, *words: str) -> None:
    names = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "-C", str(root), *names, *words], check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The inputs of a plan, in a git repository of its own."""
    copy_clone(tmp_path, "terraform", "wrapper/delivery/templates", "Dockerfile", "README.md")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Begin")
    return tmp_path


def origin(root: Path, *overrides: str) -> Origin:
    environment = load("dev", directory=root / "environments", overrides=overrides)
    return origin_of(environment, root=root, executable=TERRAFORM, overrides=overrides)


def append(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with (root / name).open("a") as file:
            file.write("#")

    return change


def test_nothing_moves_by_itself(clone: Path) -> None:
    """A new file that is no input, such as the saved plan itself, is no change either."""
    before = origin(clone)
    (clone / "out").mkdir()
    (clone / "out" / "plan.json").write_text("{}")
    assert list(moved(before, origin(clone))) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (append("environments/dev.yaml"), "environments/dev.yaml must be as it was."),
        (append("terraform/stacks/app/main.tf"), "terraform/ must be as it was."),
        (append("terraform/stacks/app/.terraform.lock.hcl"), "terraform/ must be as it was."),
        (
            append("wrapper/delivery/templates/app.tfvars.j2"),
            "wrapper/delivery/templates/ must be as it was.",
        ),
        (append("README.md"), "uncommitted changes must be as it was."),
    ],
)
def test_one_byte_of_an_input_is_told_by_its_name(
    clone: Path, change: Callable[[Path], None], sentence: str
) -> None:
    """It is named once, as precisely as possible."""
    before = origin(clone)
    change(clone)
    assert list(moved(before, origin(clone))) == [sentence]


def test_another_option_is_told(clone: Path) -> None:
    """The plan was made with its own command line's options."""
    now = origin(clone, "services.recommender.scaling.min=3")
    assert list(moved(origin(clone), now)) == [
        "--set must be as it was: none, got --set services.recommender.scaling.min=…."
    ]


def test_another_value_of_an_option_is_told_without_it(clone: Path) -> None:
    """The value may be secret; the key is enough to find it."""
    one, other = (origin(clone, f"services.recommender.scaling.min={number}") for number in (2, 3))
    assert list(moved(one, other)) == [
        "--set must be as it was: another value of services.recommender.scaling.min."
    ]


def test_a_commit_is_told_with_both_names(clone: Path) -> None:
    """This includes a commit that changes no input."""
    before = origin(clone)
    git(clone, "commit", "-q", "--allow-empty", "-m", "Go on")
    now = origin(clone)
    assert before.commit
    assert now.commit
    assert list(moved(before, now)) == [f"the commit must be {before.commit[:12]}, got {now.commit[:12]}."]


def test_other_programs_are_told(clone: Path) -> None:
    """The versions of Terraform and of each provider are compared."""
    before = origin(clone)
    now = replace(before, versions={"terraform": "1.12.0", "hashicorp/aws": "6.0.0"})
    assert list(moved(before, now)) == [
        "terraform must be 1.11.4, got 1.12.0.",
        f"hashicorp/aws must be {before.versions['hashicorp/aws']}, got 6.0.0.",
    ]


def test_other_variables_are_told() -> None:
    """Other code may render the same environment to other variables."""
    then, now = (
        Origin(commit="a", versions={}, inputs=tfvars_inputs({"app": text})) for text in ("x = 1", "x = 2")
    )
    assert list(moved(then, now)) == ["the variables of app must be as it was."]


def test_outside_git_there_is_no_commit(clone: Path) -> None:
    """The inputs are still compared."""
    shutil.rmtree(clone / ".git")
    assert origin(clone).commit is None


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (Position(lineage="a", serial=3), None),
        (
            Position(lineage="a", serial=4),
            "the state of app must be at serial 3, got 4: something was applied since.",
        ),
        (Position(lineage="b", serial=3), "the state of app must be a at serial 3, got b at serial 3."),
        (None, "the state of app must be a at serial 3, got none."),
    ],
)
def test_a_state_that_moved_is_told(now: Position | None, sentence: str | None) -> None:
    """It may have a new serial, another lineage, or be missing."""
    told = list(moved_states({"app": Position(lineage="a", serial=3)}, {"app": now}))
    assert told == ([sentence] if sentence else [])
