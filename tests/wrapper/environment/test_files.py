"""Loading an environment: which file, and what it means."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from tests.sample import ENVIRONMENTS, ROOT
from tests.wrapper.environment.clone import ABSENT, Clone
from wrapper.environment import load
from wrapper.environment.clone import git
from wrapper.environment.files import names
from wrapper.errors import ConfigError

HERE = ROOT / "environments"


def test_dev_is_a_disposable_sandbox_with_two_tasks() -> None:
    """`make apply` needs no account, and its environment survives the end of a task."""
    dev = load("dev", directory=ENVIRONMENTS)
    assert (dev.target, dev.disposable, dev.services["recommender"].scaling.min) == ("sandbox", True, 2)


def test_prod_is_protected_and_serves_a_given_version() -> None:
    """Production deletes nothing, serves a given model version, and has a NAT gateway in every zone."""
    prod = load("prod", directory=ENVIRONMENTS)
    model = prod.services["recommender"].model
    assert (prod.target, prod.disposable, prod.alb.deletion_protection) == ("aws", False, True)
    assert prod.network.egress == "nat_per_zone"
    assert model is not None
    assert model.version is not None


@pytest.mark.parametrize("name", names(HERE))
def test_shipped_environments_load(name: str) -> None:
    """Every environment in this clone is valid: the shipped ones, and a user's own."""
    assert load(name, directory=HERE).name == name


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_tests_files_are_those_that_are_shipped(file: Path) -> None:
    """The committed files are compared: what a user changes in the clone is the user's."""
    shipped = git(ROOT, "show", f"HEAD:environments/{file.name}")
    if shipped is None:
        pytest.skip("this is no clone: nothing says what is shipped")
    assert file.read_text("utf-8").strip() == shipped


def test_names_are_derived_from_project_and_environment(clone: Clone) -> None:
    """The account's id makes bucket names unique in the world."""
    dev = clone.load()
    assert dev.prefix == "recommender-dev"
    assert dev.state_bucket == "recommender-dev-state-000000000000"
    assert dev.model_bucket == "recommender-dev-models-000000000000"
    assert dev.tags == {"project": "recommender", "environment": "dev"}


def test_only_services_with_a_context_are_built(clone: Clone) -> None:
    """A service with an image by reference needs no repository."""
    given = {"reference": f"registry.example/films@sha256:{'0' * 64}"}
    service = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    smoke = {"requests": [{"path": "/films/1", "status": 200}]}
    films = {**service, "image": given, "route": {"paths": ["/films/*"]}, "smoke": smoke}
    clone.write({"services.films": films})
    assert list(clone.load().built_services) == ["recommender"]


def test_optional_keys_have_defaults(clone: Clone) -> None:
    """Only keys that nobody could guess are required; each default is fit for production."""
    optional = ("command", "environment", "secrets", "health", "rollout", "route", "logs", "model", "port")
    clone.write({f"services.recommender.{key}": ABSENT for key in optional})
    recommender = clone.load().services["recommender"]
    assert (recommender.port, recommender.model, recommender.rollout.drain_seconds) == (8000, None, 60)


def test_environments_are_frozen(clone: Clone) -> None:
    """No code changes an environment after it was checked."""
    dev = clone.load()
    with pytest.raises(ValidationError, match="frozen"):
        dev.network.cidr = "10.0.0.0/16"


def test_error_names_the_file_and_counts(clone: Clone) -> None:
    """The message begins with the file's path, and has a line for each problem."""
    clone.write({"region": "europe", "network.egress": "none"})
    with pytest.raises(ConfigError) as caught:
        clone.load()
    assert str(caught.value).splitlines() == [
        "environments/dev.yaml: 2 problems",
        "  region must be an AWS region such as eu-west-1, got europe.",
        '  network.egress must be public, nat, nat_per_zone or endpoints, got "none".',
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("dve", "dve: unknown environment; did you mean dev? There are dev, prod."),
        ("qa", "qa: unknown environment; there are dev, prod."),
        (
            "environments/dev.yaml",
            "environments/dev.yaml: unknown environment; did you mean dev? There are dev, prod.",
        ),
        (
            "../environments/dev",
            "../environments/dev: unknown environment; did you mean dev? There are dev, prod.",
        ),
        ("", ": unknown environment; there are dev, prod."),
    ],
)
def test_unknown_environment_lists_the_ones_there_are(clone: Clone, name: str, problem: str) -> None:
    """The message has the nearest name and all others."""
    clone.write({}, name="prod")
    assert clone.problems(name) == (problem,)


def test_folder_without_environments_says_so(tmp_path: Path) -> None:
    """In a clone without environment files the message says so, instead of an empty list."""
    with pytest.raises(ConfigError, match=r"dev: unknown environment; the folder has no \.yaml file\."):
        load("dev", directory=tmp_path)


def test_unreadable_file_says_why(clone: Clone) -> None:
    """A folder with the name of an environment file is not one."""
    (clone.environments / "odd.yaml").mkdir()
    assert clone.problems("odd") == ("the file must be readable, got: Is a directory.",)


def test_networks_on_aws_do_not_overlap(clone: Clone) -> None:
    """Two environments on AWS with the same range could never be connected."""
    aws = {"target": "aws", "region": "eu-west-1", "account_id": "111111111111"}
    clone.write({**aws, "network.cidr": "10.30.0.0/16"}, name="staging")
    clone.write({**aws, "network.cidr": "10.30.128.0/20"}, name="prod")
    problem = "network.cidr must not overlap staging's network 10.30.0.0/16, got 10.30.128.0/20."
    assert clone.problems("prod") == (problem,)


def test_network_of_a_sandbox_is_nobodys_concern(clone: Clone) -> None:
    """A sandbox's network is not real, so a copy of dev.yaml is valid beside it."""
    clone.write({}, name="alice")
    assert clone.load("alice").network == clone.load("dev").network


def test_broken_neighbour_does_not_matter(clone: Clone) -> None:
    """Another file's problems are reported when that file is loaded."""
    clone.write({"target": "aws", "region": "eu-west-1", "account_id": "111111111111"}, name="prod")
    clone.write_text("a: [", name="staging")
    assert clone.load("prod").name == "prod"
