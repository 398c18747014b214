"""What a destroy does before and after Terraform; each twice, because people repeat what failed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from tests.wrapper.test_inventory import make_triggers
from wrapper import inventory
from wrapper.aws.client import Aws
from wrapper.environment import Environment
from wrapper.environment.images import Cache, Images
from wrapper.inventory import cleanup
from wrapper.inventory.cleanup.traffic import cluster_of

pytestmark = pytest.mark.slow

PROTECTION = "deletion_protection.enabled"


@pytest.fixture
def stack(aws: Aws, tmp_path: Path) -> Iterator[Stack]:
    """An environment with a running service."""
    built = stacks.build(aws, tmp_path)
    built.deploy(built.register(), count=1)
    yield built
    built.stop()


def prepare(stack: Stack, *, keep_data: bool = False) -> list[str]:
    return cleanup.prepare(stack.aws, environment=stack.environment, keep_data=keep_data, progress=quiet)


def sweep(stack: Stack, *, keep_data: bool = False, declared: Environment | None = None) -> list[str]:
    environment = declared or stack.environment
    return cleanup.sweep(stack.aws, environment=environment, keep_data=keep_data, progress=quiet)


def quiet(_: str) -> None:
    """A console without progress."""


def kinds(stack: Stack) -> set[str]:
    declared = stack.environment
    found = inventory.take(stack.aws, project=declared.project, environment=declared.name)
    return {item.kind for item in found}


def images(stack: Stack) -> int:
    return len(stack.aws.ecr.describe_images(repositoryName=f"{stack.prefix}/web")["imageDetails"])


def objects(stack: Stack, bucket: str) -> int:
    versions = stack.aws.s3.list_object_versions(Bucket=bucket)
    return len(versions.get("Versions", [])) + len(versions.get("DeleteMarkers", []))


def fill_bucket(stack: Stack, bucket: str) -> None:
    """Leave two versions of one object, and a delete marker."""
    stack.aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        stack.aws.s3.put_object(Bucket=bucket, Key="models/films/1/items.bin", Body=body)
    stack.aws.s3.put_object(Bucket=bucket, Key="gone", Body=b"")
    stack.aws.s3.delete_object(Bucket=bucket, Key="gone")


def test_prepare_stops_every_task(stack: Stack) -> None:
    """The desired count is set to zero, and the wait ends with the last task."""
    # Tasks that ended before the first check need no wait.
    done = [line for line in prepare(stack) if line != "every task has stopped"]
    assert done == ["scaled web to zero", f"deleted 1 image of {stack.prefix}/web"]
    arns = stack.aws.ecs.list_tasks(cluster=stack.prefix, desiredStatus="STOPPED")["taskArns"]
    tasks = stack.aws.ecs.describe_tasks(cluster=stack.prefix, tasks=arns)["tasks"]
    assert {item.get("lastStatus") for item in tasks} == {"STOPPED"}


def test_prepare_keeps_autoscaling_from_starting_tasks_again(stack: Stack) -> None:
    """With a minimum of two, autoscaling would start them again at once."""
    stack.aws.autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{stack.prefix}/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2,
        MaxCapacity=4,
    )
    prepare(stack)
    found = stack.aws.autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{stack.prefix}/web"]
    )["ScalableTargets"][0]
    assert found["MinCapacity"] == 0


def test_prepare_lifts_the_deletion_protection(stack: Stack) -> None:
    """A protected load balancer is no longer protected."""
    stack.aws.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=stack.balancer_arn, Attributes=[{"Key": PROTECTION, "Value": "true"}]
    )
    assert f"lifted the deletion protection of {stack.prefix}" in prepare(stack)
    attributes = stack.aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=stack.balancer_arn)
    values = {item.get("Key"): item.get("Value") for item in attributes["Attributes"]}
    assert values[PROTECTION] == "false"


def test_prepare_empties_repositories_and_buckets(stack: Stack) -> None:
    """Images, old versions of objects and delete markers are all deleted."""
    bucket = stack.environment.model_bucket
    fill_bucket(stack, bucket)
    assert images(stack) == 1
    said = prepare(stack)
    assert f"deleted 1 image of {stack.prefix}/web" in said
    assert f"deleted 4 objects of {bucket}" in said
    assert (images(stack), objects(stack, bucket)) == (0, 0)


def log_accesses(stack: Stack) -> str:
    """Enable the load balancer's access logs to a bucket of the environment, which contains one already."""
    bucket = f"{stack.prefix}-access-logs-{stacks.ACCOUNT}"
    stack.aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stack.aws.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=stack.balancer_arn,
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": bucket},
        ],
    )
    stack.aws.s3.put_object(Bucket=bucket, Key="AWSLogs/a.log.gz", Body=b"x")
    return bucket


def test_prepare_stops_access_logs_before_it_empties_their_bucket(stack: Stack) -> None:
    """Otherwise the load balancer would write more logs during the destroy."""
    bucket = log_accesses(stack)
    done = prepare(stack)
    stopped = done.index(f"stopped the access logs of {stack.prefix}")
    assert stopped < done.index(f"deleted 1 object of {bucket}")
    assert objects(stack, bucket) == 0


def test_access_logs_are_data_that_is_kept(stack: Stack) -> None:
    """With --keep-data the logs stay, and the load balancer writes them until its end."""
    bucket = log_accesses(stack)
    prepare(stack, keep_data=True)
    assert objects(stack, bucket) == 1


def test_logs_that_come_late_are_emptied_too(stack: Stack) -> None:
    """Delivery takes minutes: logs after the first emptying must not keep the bucket from being deleted."""
    bucket = log_accesses(stack)
    prepare(stack)
    stack.aws.s3.put_object(Bucket=bucket, Key="AWSLogs/late.log.gz", Body=b"x")
    done = cleanup.empty(stack.aws, environment=stack.environment, progress=quiet)
    assert done == [f"deleted 1 object of {bucket}"]


def test_prepare_keeps_data(stack: Stack) -> None:
    """With --keep-data images and models stay."""
    fill_bucket(stack, stack.environment.model_bucket)
    prepare(stack, keep_data=True)
    assert images(stack) == 1
    assert objects(stack, stack.environment.model_bucket) == 4


def test_prepare_spares_the_state(stack: Stack) -> None:
    """The destroy that follows needs Terraform's state."""
    bucket = stack.environment.state_bucket
    stack.aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stack.aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=b"{}")
    prepare(stack)
    assert objects(stack, bucket) == 1


def test_prepare_twice_finds_nothing_to_do(stack: Stack) -> None:
    """A second call does nothing, and prints nothing."""
    prepare(stack)
    assert prepare(stack) == []


def test_prepare_touches_no_other_environment(stack: Stack, aws: Aws, tmp_path: Path) -> None:
    """A neighbour in the same account continues to run."""
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    other = stacks.build(aws, neighbour)
    other.deploy(other.register(), count=1)
    prepare(stack)
    service = aws.ecs.describe_services(cluster=other.prefix, services=["web"])["services"][0]
    other.stop()
    assert service["desiredCount"] == 1
    assert images(other) == 1


def test_sweep_deletes_every_revision(stack: Stack) -> None:
    """Active and deregistered revisions are both deleted: AWS would keep the latter forever."""
    stack.aws.ecs.deregister_task_definition(taskDefinition=stack.register())
    stack.stop()
    assert "deleted 2 task definitions" in sweep(stack)
    assert "task definition" not in kinds(stack)


def test_sweep_deletes_log_groups_that_outlived_the_stack(stack: Stack) -> None:
    """Container Insights creates a group of its own, which no stack has."""
    group = f"/aws/ecs/containerinsights/{stack.prefix}/performance"
    stack.aws.logs.create_log_group(logGroupName=group)
    assert f"deleted the log group {group}" in sweep(stack)
    assert "log group" not in kinds(stack)


def test_sweep_keeps_the_logs_of_a_protected_environment(stack: Stack) -> None:
    """If data is kept, logs of an environment that isn't disposable are data."""
    protected = stack.environment.model_copy(update={"disposable": False})
    sweep(stack, keep_data=True, declared=protected)
    assert "log group" in kinds(stack)


def test_sweep_deletes_cached_images(stack: Stack) -> None:
    """ECR creates a repository for images pulled through a cache; the environment's own repositories stay."""
    caches = {"quay": Cache(upstream="quay.io")}
    declared = stack.environment.model_copy(update={"images": Images(caches=caches)})
    name = f"{stack.prefix}/quay/nginx/nginx"
    stack.aws.ecr.create_repository(repositoryName=name)
    assert f"deleted the cached images of {name}" in sweep(stack, declared=declared)
    names = [each["repositoryName"] for each in stack.aws.ecr.describe_repositories()["repositories"]]
    assert f"{stack.prefix}/web" in names
    assert name not in names


def test_sweep_twice_finds_nothing_to_do(stack: Stack) -> None:
    """A second sweep prints nothing."""
    sweep(stack)
    assert sweep(stack) == []


def test_cleanup_of_nothing(aws: Aws) -> None:
    """An environment that never existed is clean."""
    declared = stacks.environment("never")
    assert cleanup.prepare(aws, environment=declared, keep_data=False, progress=quiet) == []
    assert cleanup.sweep(aws, environment=declared, keep_data=False, progress=quiet) == []


def test_cluster_of_a_service() -> None:
    """A service's ARN contains its cluster."""
    assert cluster_of("arn:aws:ecs:eu-west-1:000000000000:service/films-dev/web") == "films-dev"


def test_prepare_stops_jobs_and_what_starts_them(stack: Stack) -> None:
    """The schedule is deleted, the rule disabled, a running job stopped; the second call does nothing."""
    name = f"{stack.prefix}-nightly"
    make_triggers(stack.aws, name, dict(stack.environment.tags))
    stack.aws.ecs.run_task(cluster=stack.prefix, taskDefinition=stack.register(), launchType="FARGATE")
    done = prepare(stack)
    assert f"disabled the rule {name}" in done
    assert f"deleted the schedule {name}" in done
    assert "stopped 1 job" in done
    assert not [each for each in prepare(stack) if name in each or "job" in each]
