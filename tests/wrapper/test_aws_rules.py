"""What AWS would refuse is refused before anything starts, like any other mistake in the file."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sample import ENVIRONMENTS
from tests.terraform.examples import changed
from tests.wrapper.broken import JOB, MADE, MADE_SAYS, SERVICES, SMALL_JOB, TAKEN, TAKEN_SAYS, TRIGGERS
from tests.wrapper.environment.clone import Clone
from tests.wrapper.listener import Listener
from tests.wrapper.terraform.clones import needs_terraform
from wrapper.console import Step
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import Command
from wrapper.environment import load
from wrapper.errors import ConfigError
from wrapper.terraform import Terraform
from wrapper.verbs import github, publish
from wrapper.verbs.apply import apply
from wrapper.verbs.plan import preview
from wrapper.verbs.promote import promote

pytestmark = needs_terraform

ROOT = Path(__file__).parents[2]
ROLLOUT = "services.recommender.rollout"
BAD = (
    f"{ROLLOUT}.stop_timeout_seconds=500",
    f"{ROLLOUT}.drain_seconds=99999",
    "services.recommender.logs.retention_days=8",
    "services.recommender.route.paths=[/*]",
)


@dataclass
class Steps(Listener):
    """Records which steps have begun."""

    begun: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        self.begun.append(title)
        yield self


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which nothing runs; its file has the problems, and no override has."""
    root = tmp_path_factory.mktemp("clone")
    for part in ("terraform", "Dockerfile"):
        (root / part).symlink_to(ROOT / part)
    (root / "environments").mkdir()
    Clone(root).write({}, name="good")
    Clone(root).write({"alb.idle_timeout_seconds": 5000}, name="bad")
    slow = {f"{ROLLOUT}.stop_timeout_seconds": 500, "github": {"repository": "example/shop"}}
    Clone(root).write(slow, name="slow")
    return root


def command(root: Path, name: str, *overrides: str) -> Command:
    environment = load(name, directory=root / "environments", overrides=overrides)
    return Command(root=root, environment=environment, overrides=overrides, console=Steps())


VERBS: dict[str, Callable[[Command], object]] = {
    "apply": apply,
    "plan": preview,
    "publish": publish.publish,
    "model publish": lambda command: publish.publish_model(command, "nowhere"),
    "promote": lambda target: promote(command(target.root, "bad"), target, number=None),
    "github": github.apply,
}


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_started_for_what_cannot_be(root: Path, verb: str) -> None:
    """Every verb that plans or changes something checks first; no sandbox starts, no AWS is called."""
    given = command(root, "slow")
    with pytest.raises(ConfigError) as caught:
        VERBS[verb](given)
    assert isinstance(given.console, Steps)
    assert given.console.begun == ["Check what AWS accepts"]
    assert {path.name for path in given.work.iterdir()} <= {"rules", "terraform.rc"}
    assert caught.value.problems == (
        f"{ROLLOUT}.stop_timeout_seconds must be a whole number from 2 to 120 (Fargate's limit), got 500.",
    )


def test_everything_is_told_at_once(root: Path) -> None:
    """The source is the file, or an override if only that breaks the rule."""
    with pytest.raises(ConfigError) as caught:
        refuse_what_aws_would(command(root, "bad", *BAD))
    assert caught.value.source == "environments/bad.yaml"
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "alb.idle_timeout_seconds",
        "services.recommender.logs.retention_days",
        f"{ROLLOUT}.drain_seconds",
        f"{ROLLOUT}.stop_timeout_seconds",
        "services.recommender.route.paths",
    ]
    assert [problem.endswith("(--set).") for problem in caught.value.problems] == [False, *[True] * 4]


def test_an_environment_is_refused_by_its_keys(root: Path) -> None:
    """Each mistake, also of services and jobs, is one sentence that begins with its key in the file."""
    good = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    services = {
        name: changed(good, **{"route__paths": [f"/{name}"], "smoke__requests": [asked(f"/{name}")], **each})
        for name, each in SERVICES.items()
    }
    jobs = {name: {**SMALL_JOB, "trigger": trigger} for name, trigger in TRIGGERS.items()}
    all_of_it = {**MADE, "services": {"recommender": good, **services}, "jobs": {"job": JOB, **jobs}}
    Clone(root).write(all_of_it, name="made")
    assert broken(root, "made") == MADE_SAYS


def test_an_existing_network_is_refused_by_its_keys(root: Path) -> None:
    """The rules for an existing VPC are checked before it is read."""
    Clone(root).write(TAKEN, name="taken")
    assert broken(root, "taken") == TAKEN_SAYS


def asked(path: str) -> dict[str, Any]:
    return {"path": path, "status": 200}


def broken(root: Path, name: str) -> Sequence[str]:
    with pytest.raises(ConfigError) as caught:
        refuse_what_aws_would(command(root, name))
    return caught.value.problems


def test_variants_are_refused_by_their_keys(root: Path) -> None:
    """The keys are the file's, though the stack has only services; a shared mistake is printed once."""
    variants = "services.recommender.variants"
    changes = {
        f"{variants}.a": {"weight": 60, "size": {"cpu": 300, "memory": 512}},
        f"{variants}.b": {"weight": 60, "environment": {"MODE": "fast"}},
        f"{variants}.c": {"weight": -1, "environment": {"MODE": "slow"}},
        "services.recommender.logs.retention_days": 8,
    }
    Clone(root).write(changes, name="variants")
    sentences = broken(root, "variants")
    assert [each.partition(" must")[0] for each in sentences if "retention_days" in each] == [
        "services.recommender.logs.retention_days"
    ]
    for told in (
        f"{variants}.a.size.cpu must be one of",
        f"{variants}.c.weight must be a whole number from 0 to 99, got -1.",
        f"{variants} must have weights of at most 99 together (the service keeps the rest of 100), got 119.",
    ):
        assert any(each.startswith(told) for each in sentences), sentences


def test_priorities_are_known_without_a_provider(root: Path) -> None:
    """Each service has its own: the last for the default route, others by the kind of route."""
    service = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    films = {**service, "route": {"paths": ["/films/*"]}, "smoke": {"requests": [asked("/films/1")]}}
    Clone(root).write({"services": {"recommender": service, "films": films}}, name="routed")
    given = command(root, "routed").environment
    rendered = {"app": tfvars.render_app(given, stand_in(given))}
    terraform = Terraform(
        executable=Terraform.find(), root=root, work=root / ".wrapper" / "routed", process_environment={}
    )
    priorities = terraform.priorities(rendered)
    assert priorities.pop(50000) == "recommender"
    [(priority, name)] = priorities.items()
    assert (name, 40501 <= priority <= 43200) == ("films", True)


def test_rules_that_terraform_cannot_read_are_left_to_the_plan(root: Path, tmp_path: Path) -> None:
    """For example after a user's own change to the tree: there is a message, and planning works."""
    for part in ("environments", "Dockerfile"):
        (tmp_path / part).symlink_to(root / part)
    shutil.copytree(ROOT / "terraform", tmp_path / "terraform")
    (tmp_path / "terraform/modules/ecr/own.tf").write_text("locals {\n  own = local.nowhere\n}\n")
    given = command(tmp_path, "good")
    refuse_what_aws_would(given)
    assert isinstance(given.console, Steps)
    [warning] = given.console.warned
    assert warning.startswith("left to the plan, for terraform plan of good/rules failed")
    assert "local value with the name" in warning
