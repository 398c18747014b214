"""A destroy and what existed before: named like the environment, or containing resources of others."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import ACCOUNT, Stack
from wrapper import inventory
from wrapper.aws.client import Aws
from wrapper.delivery import resource_names
from wrapper.environment import (
    Alb,
    Cluster,
    Environment,
    ExistingAlb,
    ExistingBucket,
    ExistingCluster,
    ExistingNetwork,
    ExistingRepository,
    Image,
    Models,
)
from wrapper.inventory import Scope, cleanup

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An environment with a running service; each test says which of its parts existed before."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    built.deploy(built.register(), count=1)
    yield built
    built.stop()


def in_what_exists(stack: Stack) -> Environment:
    """Return an environment that uses all of the stack, though all of it has the environment's name."""
    declared = stack.environment
    balancer = ExistingAlb(
        load_balancer_arn=stack.balancer_arn,
        listener_arn=stack.balancer_arn.replace(":loadbalancer/", ":listener/"),
        security_group_id="sg-01234567",
        url="http://company.example.com",
    )
    repository = ExistingRepository(repository_name=f"{stack.prefix}/web")
    web = declared.services["web"].model_copy(update={"image": Image(context=".", existing=repository)})
    vpc = ExistingNetwork(vpc_id=stack.vpc_id, public_subnet_ids=tuple(stack.subnet_ids))
    return declared.model_copy(
        update={
            "alb": Alb(existing=balancer),
            "cluster": Cluster(existing=ExistingCluster(cluster_name=stack.prefix)),
            "models": Models(existing=ExistingBucket(bucket=declared.model_bucket)),
            "network": declared.network.model_copy(update={"existing": vpc}),
            "services": {"web": web},
        }
    )


def listed(stack: Stack, environment: Environment) -> set[str]:
    found = inventory.take(
        stack.aws,
        project=environment.project,
        environment=environment.name,
        spared=environment.existing_arns,
    )
    return {item.kind for item in found}


def test_what_exists_is_not_counted(stack: Stack) -> None:
    """Neither name nor tags make it ours; our service in it and our rules for it stay ours."""
    stack.aws.autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{stack.prefix}/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    others = {"cluster", "load balancer", "listener", "repository", "bucket", "vpc", "subnet"}
    assert others <= listed(stack, stack.environment)
    kept = listed(stack, in_what_exists(stack))
    assert not others & kept
    ours = {"service", "task", "task definition", "target group", "log group", "scalable target"}
    assert ours <= kept


def test_what_exists_is_not_to_be_made(stack: Stack) -> None:
    """So verify reports no conflict with it, and no apply imports it."""
    names = resource_names.names(in_what_exists(stack))
    assert {kind for kind, found in names.items() if not found} == {
        "bucket",
        "cluster",
        "load balancer",
        "repository",
    }


def test_tasks_of_others_in_the_cluster_run_on(stack: Stack) -> None:
    """A destroy scales its own service and stops its own jobs; a neighbour has other task definitions."""
    neighbour = start_neighbour(stack, "company-search")
    own = start_neighbour(stack, f"{stack.prefix}-nightly")
    environment = in_what_exists(stack)
    done = cleanup.prepare(
        stack.aws,
        environment=environment,
        keep_data=False,
        progress=lambda _: None,
        spared=environment.existing_arns,
    )
    assert done == ["scaled web to zero", "stopped 1 job", "every task has stopped"]
    states = {
        each["taskArn"]: each["desiredStatus"]
        for each in stack.aws.ecs.describe_tasks(cluster=stack.prefix, tasks=[neighbour, own])["tasks"]
    }
    assert states == {neighbour: "RUNNING", own: "STOPPED"}
    assert stack.aws.ecr.describe_images(repositoryName=f"{stack.prefix}/web")["imageDetails"]


def start_neighbour(stack: Stack, family: str) -> str:
    """Run a task of a family in the stack's cluster that waits to be stopped; return its ARN."""
    container: Any = {"name": "it", "image": stack.image, "environment": [{"name": "MODE", "value": "deaf"}]}
    stack.aws.ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{stack.prefix}-web-execution",
        containerDefinitions=[container],
    )
    started = stack.aws.ecs.run_task(
        cluster=stack.prefix,
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [*stack.subnet_ids]}},
    )
    return started["tasks"][0]["taskArn"]


@pytest.mark.parametrize(
    ("name", "tags", "owned"),
    [
        ("/aws/ecs/containerinsights/films-dev/performance", {}, False),
        ("service/films-dev/other", {}, False),
        ("/ecs/films-dev/web", {"project": "films", "environment": "dev"}, True),
        ("films-dev-web-execution", {}, True),
    ],
)
def test_what_is_called_after_a_cluster_that_exists_is_its_owners(
    name: str, tags: Mapping[str, str], owned: bool
) -> None:
    """Names with the cluster's name do not count, even if it is the environment's name."""
    cluster = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/films-dev"
    scope = Scope(project="films", environment="dev", tags_by_arn={}, spared=frozenset({cluster}))
    assert scope.owns(name, tags=tags) is owned
