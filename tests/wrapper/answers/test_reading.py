"""`model diff` and the review of a plan read models from where they are, here the emulator's S3."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from tests.sample import ENVIRONMENTS
from tests.wrapper import stack as stacks
from tests.wrapper.answers.lists import write_model
from tests.wrapper.answers.swapped import swapped
from tests.wrapper.answers.test_comparing import NEW, OLD
from tests.wrapper.listener import Listener
from tests.wrapper.records import release, service
from wrapper import model
from wrapper.aws.client import Aws
from wrapper.cli import options
from wrapper.cli.main import main
from wrapper.delivery.answers import answers_changes
from wrapper.delivery.plans import review_plans
from wrapper.delivery.site import Command, Site
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError, ConfigError
from wrapper.model.artifact import read
from wrapper.model.diff import Comparison
from wrapper.releases import append
from wrapper.review import Level
from wrapper.terraform import PlanFile, Terraform
from wrapper.terraform.plan import Plan, Summary
from wrapper.verbs.model_diff import compared, model_diff


class Shown(Terraform):
    """Terraform that shows one plan for any file."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        super().__init__(executable=Terraform.find(), root=folder, work=folder, process_environment={})
        self._plan = plan

    def show(self, plan: PlanFile) -> Plan:
        return self._plan


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    """films/1 and films/2, trained but not published."""
    old = write_model(tmp_path / "old", OLD)
    return str(old), str(write_model(tmp_path / "new", NEW, version="2"))


@pytest.fixture
def site(aws: Aws, tmp_path: Path, folders: tuple[str, str]) -> Site:
    """An environment with both models in its bucket, and a release of each; the second has one model more."""
    declared = stacks.environment(f"m{uuid4().hex[:7]}")
    for bucket in (declared.state_bucket, declared.model_bucket):
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for number, folder in enumerate(folders, 1):
        published = model.publish(
            aws, bucket=declared.model_bucket, source=folder, progress=Listener().progress
        )
        services = {"web": replace(service(), model=published)}
        more = {"api": service()} if number == 2 else {}
        append(aws, bucket=declared.state_bucket, draft=release(services=services | more))
    return stacks.site(aws, tmp_path, declared, Listener())


def diff(site: Site, old: str, new: str, *, service: str | None = None) -> Comparison:
    return compared(site.command.console, site, old, new, service=service)


def test_two_folders_need_nothing_that_runs(
    folders: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command compares them without an environment, as text and as JSON."""
    monkeypatch.setattr(options, "ROOT", ENVIRONMENTS.parent)
    told = CliRunner().invoke(main, ["model", "diff", "dev", *folders])
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("films/1 → films/2\nusers       5 → 5, 1 gained, 1 lost\n")
    told = CliRunner().invoke(main, ["model", "diff", "dev", *folders, "--json"])
    assert json.loads(told.stdout)["changed"] == 0.75


@pytest.mark.parametrize("given", ["./nowhere/at/all", "films", "a/b/c", "-1"])
def test_what_names_no_model_is_refused(given: str, folders: tuple[str, str], tmp_path: Path) -> None:
    """It is refused before any call."""
    command = Command(root=tmp_path, environment=stacks.environment("dev"), console=Listener())
    with pytest.raises(ConfigError) as caught:
        model_diff(command, given, folders[1])
    assert caught.value.problems == (
        "OLD must be NAME/VERSION, the number of a release, a folder that exists or s3://BUCKET/PREFIX, "
        f"got {given}.",
    )


@pytest.mark.slow
def test_models_are_found_by_version_release_folder_and_address(site: Site, folders: tuple[str, str]) -> None:
    """Each way to name them gives the same models."""
    address = f"s3://{site.command.environment.model_bucket}/models/films/2"
    whole = diff(site, *folders)
    assert diff(site, "films/1", "films/2") == whole
    assert diff(site, "1", address) == whole
    assert diff(site, folders[0], "2", service="web") == whole


@pytest.mark.slow
def test_a_model_that_is_not_there_is_told_by_what_it_was_asked_for(site: Site) -> None:
    """The message has the requested name, and the existing ones."""
    with pytest.raises(ArtifactError, match=r"films/9 is missing from .*; there are: films/1, films/2\."):
        diff(site, "films/1", "films/9")
    with pytest.raises(ArtifactError, match=r"other/1 is missing from .*; the models there are: films\."):
        diff(site, "other/1", "films/1")
    with pytest.raises(ConfigError, match="RELEASE must be one that exists \\(1 to 2\\), got 7"):
        diff(site, "7", "1")
    with pytest.raises(ConfigError, match=r"--service must name a service .* \(web, api\), got none"):
        diff(site, "1", "2")
    with pytest.raises(ConfigError, match=r"got nobody"):
        diff(site, "1", "2", service="nobody")


def swap(site: Site, old: ModelVersion, new: ModelVersion) -> tuple[str, float | None]:
    """Review a plan that swaps them; return why it is unknown, and the share of users with another list."""
    seen = swapped(old, new, bucket=site.command.environment.model_bucket)
    with site.command.console.step("Review") as step:
        (change,) = answers_changes(site, [seen], step)
    return change.unread, change.comparison.changed if change.comparison else None


@pytest.mark.slow
def test_a_review_compares_what_a_plan_swaps(site: Site, folders: tuple[str, str]) -> None:
    """It reads the models from the containers' variables, or gives the reason why not."""
    old, new = (read(Path(folder)).identity for folder in folders)
    assert swap(site, old, new) == ("", 0.75)
    unpublished = replace(new, version="3", sha256="0" * 64)
    assert swap(site, old, unpublished)[0] == (
        "films/3 is not published yet; an apply compares it before it asks."
    )
    lost, other = replace(new, version="3"), replace(new, sha256="b" * 64)
    assert "films/3 must hold a manifest.json, got none." in swap(site, old, lost)[0]
    assert "must be films/2 with sha256 bbbbbbbbbbbb, got films/2 with" in swap(site, old, other)[0]


@pytest.mark.slow
def test_a_plan_is_reviewed_with_its_answers(site: Site, folders: tuple[str, str], tmp_path: Path) -> None:
    """A rollback is not compared: that version has answered before, and callers wait."""
    old, new = (read(Path(folder)).identity for folder in folders)
    seen = swapped(old, new, bucket=site.command.environment.model_bucket)
    told = replace(site, terraform=Shown(seen, tmp_path))
    file = PlanFile(stack="app", path=tmp_path / "plan", has_changes=True, summary=Summary())
    review = review_plans(told, [file], allow={})
    assert [each.rule for each in review.findings if each.level is Level.WARN] == ["answers-change"]
    assert review.answers[0].comparison == diff(site, *folders)
    back = review_plans(told, [file], allow={}, going_back=True)
    assert (back.answers, [each for each in back.findings if each.rule == "answers-change"]) == ((), [])


@pytest.mark.slow
def test_nothing_is_read_where_nothing_is_wanted(site: Site, folders: tuple[str, str]) -> None:
    """That is with review.answers_change null, or without another version."""
    old, new = (read(Path(folder)).identity for folder in folders)
    silent = site.command.environment.review.model_copy(update={"answers_change": None})
    declared = site.command.environment.model_copy(update={"review": silent})
    quiet = replace(site, command=replace(site.command, environment=declared))
    with site.command.console.step("Review") as step:
        assert answers_changes(quiet, [swapped(old, new)], step) == ()
        assert answers_changes(site, [swapped(old, old)], step) == ()
