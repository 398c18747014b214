"""The monthly cost of what is deployed, from Terraform's state and from what runs in ECS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from tests.wrapper.test_operations import site_of
from wrapper.aws.client import Aws
from wrapper.delivery.site import Site
from wrapper.errors import ConfigError, PreconditionError
from wrapper.verbs.cost import deployed_cost

pytestmark = pytest.mark.slow

MODULE = 'module.ecs_service["web"]'


def resource(kind: str, module: str, **attributes: Any) -> dict[str, Any]:
    instances = [{"attributes": attributes}]
    return {"mode": "managed", "type": kind, "name": "it", "module": module, "instances": instances}


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A service with a desired count of two; nobody waits for its tasks."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    built.deploy(built.register())
    bucket = built.environment.state_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    state = {
        "version": 4,
        "outputs": {},
        "resources": [
            resource(
                "aws_lb", "module.alb", load_balancer_type="application", subnets=["a", "b"], internal=False
            ),
            resource("aws_ecs_service", MODULE, name="web", desired_count=7, launch_type="FARGATE"),
            resource("aws_ecs_task_definition", MODULE, cpu="256", memory="512", container_definitions="[]"),
            resource("aws_quantum_machine", "", name="other"),
        ],
    }
    aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=json.dumps(state).encode())
    yield built
    built.stop()


@pytest.fixture
def site(stack: Stack, tmp_path: Path) -> Site:
    return site_of(stack, tmp_path)


def service_line(site: Site) -> dict[str, Any]:
    lines = deployed_cost(site).as_json()["lines"]
    return next(line for line in lines if line["address"].startswith(f"{MODULE}.aws_ecs_service"))


def test_tasks_are_counted_as_they_run(stack: Stack, site: Site) -> None:
    """Two as in ECS count, not seven as after the last apply; none after a pause."""
    two = service_line(site)["monthly"]
    # 2 tasks of 0.25 vCPU and 0.5 GB for 730 h, in eu-west-1.
    assert two == pytest.approx(2 * 730 * (0.25 * 0.04048 + 0.5 * 0.004445), rel=0.01)
    stack.aws.ecs.update_service(cluster=stack.prefix, service="web", desiredCount=0)
    addresses = [line["address"] for line in deployed_cost(site).as_json()["lines"]]
    assert not any("aws_ecs_service" in address for address in addresses)


def test_the_sum_and_its_grounds_are_told(site: Site) -> None:
    """The report has every line, what has no price, and the date of the prices."""
    found = deployed_cost(site)
    document = found.as_json()
    assert document["monthly"] == pytest.approx(sum(line["monthly"] for line in document["lines"]), abs=0.05)
    assert document["not_priced"] == {"aws_quantum_machine.it": "aws_quantum_machine is not in the table"}
    assert found.rows()[-1][1] == "all of it"
    told = "\n".join(found.remarks())
    assert document["prices"]["date"] in told
    assert "Not priced: aws_quantum_machine.it" in told


def test_nothing_deployed_costs_nothing_to_tell(aws: Aws, stack: Stack, tmp_path: Path) -> None:
    """Before the first apply there is no state."""
    site = site_of(stack, tmp_path)
    object.__setattr__(site.command, "environment", stacks.environment("never-applied", project="none"))
    with pytest.raises(PreconditionError, match="never-applied must be deployed for this"):
        deployed_cost(site)


def test_a_region_without_prices_is_told(site: Site) -> None:
    """The message has the regions with prices."""
    elsewhere = site.command.environment.model_copy(update={"region": "sa-east-1"})
    object.__setattr__(site.command, "environment", elsewhere)
    with pytest.raises(ConfigError, match=r"region must be one with a price table \(eu-west-1"):
        deployed_cost(site)
