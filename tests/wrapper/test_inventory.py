"""The inventory: everything of one environment, and nothing of any other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from wrapper import inventory
from wrapper.aws.client import Aws
from wrapper.inventory import Resource, Scope

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import TagTypeDef

PROJECT = {"project": "films", "environment": "dev"}


def scope(**tags_by_arn: dict[str, str]) -> Scope:
    return Scope(project="films", environment="dev", tags_by_arn=tags_by_arn)


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An environment with a running service, which no test changes."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    built.deploy(built.register(), count=1)
    yield built
    built.stop()


def take(stack: Stack, *, with_data: bool = True) -> list[Resource]:
    declared = stack.environment
    return inventory.take(stack.aws, project=declared.project, environment=declared.name, with_data=with_data)


@pytest.mark.parametrize(
    "name",
    [
        "films-dev",
        "films-dev-web",
        "films-dev/web",
        "/ecs/films-dev/web",
        "films-dev-web:3",
        "service/films-dev/web",
        "/aws/ecs/containerinsights/films-dev/performance",
        "TargetTracking-service/films-dev/web-AlarmHigh-1a2b",
        "TargetTracking-films-dev-gpu-AlarmLow-3c4d",
    ],
)
def test_scope_owns_by_name(name: str) -> None:
    """These are all names that the stacks, or AWS for them, give."""
    assert scope().owns(name)


@pytest.mark.parametrize("name", ["films-development", "my-films-dev", "films-prod", "films", "dev", ""])
def test_scope_does_not_own_similar_names(name: str) -> None:
    """A similar name is somebody else's."""
    assert not scope().owns(name)


def test_scope_believes_tags_before_names() -> None:
    """`films-dev-2` begins like `films-dev`, and only its tags show that it is another environment."""
    assert not scope().owns("films-dev-2", tags={"project": "films", "environment": "dev-2"})
    assert scope().owns("odd", tags=PROJECT)


def test_scope_knows_tags_by_arn() -> None:
    """If a service returns no tags, the tagging API does."""
    assert scope(**{"arn:x": PROJECT}).owns("odd", arn="arn:x")


def test_scope_takes_a_half_tagged_thing_by_its_name() -> None:
    """An `environment` tag alone, without the project's, does not count."""
    assert not scope().owns("odd", tags={"environment": "dev"})
    assert scope().owns("films-dev-odd", tags={"environment": "live"})


@pytest.mark.slow
def test_take_finds_one_of_each(stack: Stack) -> None:
    """Every kind that was created is found, with its name."""
    found = {(item.service, item.kind, item.name) for item in take(stack)}
    prefix = stack.prefix
    assert found >= {
        ("ecs", "cluster", prefix),
        ("ecs", "service", "web"),
        ("ecs", "task definition", f"{prefix}-web:1"),
        ("elbv2", "load balancer", prefix),
        ("elbv2", "listener", f"{prefix}:80"),
        ("elbv2", "target group", f"{prefix}-web-1a2b"),
        ("ec2", "vpc", prefix),
        ("ecr", "repository", f"{prefix}/web"),
        ("s3", "bucket", stack.environment.model_bucket),
        ("logs", "log group", stack.log_group),
        ("iam", "role", f"{prefix}-web-execution"),
    }
    assert {"subnet", "task"} <= {kind for _, kind, _ in found}


@pytest.mark.slow
def test_take_finds_what_is_in_the_network(stack: Stack) -> None:
    """Subnets without tags or name are ours because they are in our network."""
    found = {item.arn for item in take(stack) if item.kind == "subnet"}
    assert found == {*stack.subnet_ids}


@pytest.mark.slow
def test_take_lists_each_thing_once(stack: Stack) -> None:
    """A thing that both tag and name find counts once."""
    found = [item.arn for item in take(stack)]
    assert len(found) == len(set(found))


@pytest.mark.slow
def test_take_without_data(stack: Stack) -> None:
    """Kept data can be left out."""
    kinds = {item.kind for item in take(stack, with_data=False)}
    assert kinds & {"repository", "bucket", "log group"} == set()
    assert "cluster" in kinds


@pytest.mark.slow
def test_take_of_another_environment_is_empty(stack: Stack) -> None:
    """An environment that never existed has nothing, not even the account's default network."""
    assert inventory.take(stack.aws, project="films", environment="never") == []


@pytest.mark.slow
def test_take_finds_a_thing_by_its_tags_alone(stack: Stack) -> None:
    """A bucket with another name is ours if its tags say so."""
    name = f"exports-{stack.environment.name}"
    stack.aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    pairs: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in stack.environment.tags.items()]
    stack.aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})
    assert name in {item.name for item in take(stack)}


@pytest.mark.slow
def test_take_finds_a_scalable_target_and_an_alarm(stack: Stack) -> None:
    """Their names contain the cluster's name."""
    stack.aws.autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{stack.prefix}/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    stack.aws.cloudwatch.put_metric_alarm(
        AlarmName=f"TargetTracking-service/{stack.prefix}/web-AlarmHigh",
        MetricName="CPUUtilization",
        Namespace="AWS/ECS",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
    )
    kinds = {item.kind for item in take(stack)}
    assert kinds >= {"scalable target", "alarm"}


@pytest.mark.slow
def test_take_finds_what_watches(stack: Stack) -> None:
    """A dashboard has only its name, a key only its tags, until its deletion is scheduled."""
    aws, prefix = stack.aws, stack.prefix
    tags = stack.environment.tags.items()
    aws.cloudwatch.put_dashboard(DashboardName=prefix, DashboardBody="{}")
    aws.sns.create_topic(Name=f"{prefix}-alarms", Tags=[{"Key": key, "Value": value} for key, value in tags])
    key = aws.kms.create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in tags])["KeyMetadata"]
    aws.kms.create_alias(AliasName=f"alias/{prefix}-alarms", TargetKeyId=key["KeyId"])
    assert {(item.service, item.kind, item.name) for item in take(stack)} >= {
        ("cloudwatch", "dashboard", prefix),
        ("sns", "topic", f"{prefix}-alarms"),
        ("kms", "alias", f"alias/{prefix}-alarms"),
        ("kms", "key", key["KeyId"]),
    }
    aws.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert "key" not in {item.kind for item in take(stack)}


@pytest.mark.slow
def test_take_finds_what_instances_are_made_of(stack: Stack) -> None:
    """An instance profile is found by name, until it is deleted."""
    aws, name = stack.aws, f"{stack.prefix}-gpu"
    aws.iam.create_instance_profile(InstanceProfileName=name)
    found = [item for item in take(stack) if item.kind == "instance profile"]
    assert [item.name for item in found] == [name]
    aws.iam.delete_instance_profile(InstanceProfileName=name)
    assert "instance profile" not in {item.kind for item in take(stack)}


@pytest.mark.slow
def test_take_finds_capacity_providers(stack: Stack) -> None:
    """They are found by their tags, or in the cluster; AWS's own and those of others are not."""
    aws, prefix = stack.aws, stack.prefix
    tags: list[Any] = [{"key": key, "value": value} for key, value in stack.environment.tags.items()]
    group = "arn:aws:autoscaling:eu-west-1:000000000000:autoScalingGroup:1:autoScalingGroupName/x"
    for name, own in ((f"{prefix}-gpu", []), (f"{prefix}-arm", tags), (f"other-{prefix}", [])):
        aws.ecs.create_capacity_provider(
            name=name, autoScalingGroupProvider={"autoScalingGroupArn": group}, tags=own
        )
    attached = [f"{prefix}-gpu", f"other-{prefix}", "FARGATE"]
    aws.ecs.put_cluster_capacity_providers(
        cluster=prefix, capacityProviders=attached, defaultCapacityProviderStrategy=[]
    )
    found = [item.name for item in take(stack) if item.kind == "capacity provider"]
    assert sorted(found) == [f"{prefix}-arm", f"{prefix}-gpu"]


@pytest.mark.slow
def test_take_finds_what_starts_jobs(stack: Stack) -> None:
    """A rule, a schedule with its group, and a queue are found; those of a longer name are not."""
    name, longer = f"{stack.prefix}-nightly", f"{stack.prefix}-2-nightly"
    other = {"project": "films", "environment": "other"}
    for each, tags in ((name, stack.environment.tags), (longer, other)):
        make_triggers(stack.aws, each, dict(tags))
    found = {(item.service, item.kind, item.name) for item in take(stack)}
    wanted = {
        ("events", "rule"),
        ("scheduler", "schedule group"),
        ("scheduler", "schedule"),
        ("sqs", "queue"),
    }
    assert {(service, kind, name) for service, kind in wanted} <= found
    assert not [item for item in found if item[2] == longer]


def make_triggers(aws: Aws, name: str, tags: dict[str, str]) -> None:
    pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
    queue = aws.sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"]
    aws.events.put_rule(Name=name, EventPattern='{"source": ["shop"]}', Tags=pairs)
    aws.scheduler.create_schedule_group(Name=name, Tags=pairs)
    arn = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.scheduler.create_schedule(
        Name=name,
        GroupName=name,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/x"},
    )
