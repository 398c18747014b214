"""Every environment file becomes a plan of both stacks."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sample import ENVIRONMENTS
from tests.terraform.examples import APP, DIGEST, changed
from tests.terraform.roots import Root, Roots, copy_root, only
from wrapper.delivery import tfvars
from wrapper.delivery.contents import Contents
from wrapper.environment import Environment, load
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.terraform.outputs import Bucket

# Production's file has the most keys; the others are similar.
NAMES = [
    pytest.param(path.stem, marks=() if path.stem == "prod" else pytest.mark.slow)
    for path in sorted(ENVIRONMENTS.glob("*.yaml"))
]


def releases(environment: Environment) -> Mapping[str, ServiceRelease]:
    """Return each service's release, as if it were built and published."""
    registry = f"{environment.account_id}.dkr.ecr.{environment.region}.amazonaws.com"
    arn = f"arn:aws:ecr:{environment.region}:{environment.account_id}:repository/{environment.prefix}"
    return {
        name: ServiceRelease(
            image=f"{registry}/{environment.prefix}/{name}@{DIGEST}",
            repository_arn=f"{arn}/{name}",
            model=ModelVersion(name="movielens", version="1", sha256="ab" * 32),
            desired_count=service.scaling.min,
        )
        for name, service in environment.services.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_environment_plans(roots: Roots, name: str) -> None:
    """The stacks accept what the wrapper renders."""
    environment = load(name, directory=ENVIRONMENTS)
    bucket = Bucket(name=environment.model_bucket, arn=f"arn:aws:s3:::{environment.model_bucket}")
    contents = Contents(images={}, releases=releases(environment), model_bucket=bucket)
    app = tfvars.render_app(environment, contents)
    assert "0 to change, 0 to destroy" in roots("stacks/app").accept(app)
    foundation = tfvars.render_foundation(environment)
    assert "0 to change, 0 to destroy" in roots("stacks/foundation").accept(foundation)


@pytest.mark.slow
def test_a_new_key_of_a_block_is_its_modules_alone(
    tmp_path: Path, process_variables: Mapping[str, str]
) -> None:
    """The stack passes blocks as a whole, so a key that only the module declares arrives there."""
    folder = copy_root("stacks/app", tmp_path)
    module = folder.parents[1] / "modules" / "target_group"
    for name, before, after in (
        ("variables.tf", "    path ", "    slow_start_seconds = optional(number, 0)\n    path "),
        ("target_group.tf", "  vpc_id ", "  slow_start = var.health.slow_start_seconds\n  vpc_id "),
    ):
        text = (module / name).read_text()
        assert text.count(before) == 1
        (module / name).write_text(text.replace(before, after))
    values = changed(APP, services__recommender__health__slow_start_seconds=45)
    assert only(Root(folder, process_variables).plan(values), "aws_lb_target_group")["slow_start"] == 45
