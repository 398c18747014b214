"""Existing resources with a name of ours: reported, never taken over silently, never changed."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.wrapper import stack as stacks
from wrapper import inventory
from wrapper.aws.client import Aws
from wrapper.delivery.verify import Finding, Scene
from wrapper.delivery.verify.names import names
from wrapper.inventory import cleanup

pytestmark = pytest.mark.slow

REGION: Any = {"LocationConstraint": "eu-west-1"}


@pytest.fixture
def scene(aws: Aws) -> Scene:
    """An environment that was never applied, with a name of its own."""
    environment = stacks.environment(f"s{uuid.uuid4().hex[:8]}")
    return Scene(aws=aws, environment=environment, release=None, managed=frozenset(), sandbox=True)


def make(scene: Scene, kind: str, tags: dict[str, str]) -> tuple[str, str]:
    """Create a resource with the name that an apply would give it; return its name and its id in a state."""
    aws, prefix = scene.aws, scene.environment.prefix
    pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
    lower: list[Any] = [{"key": key, "value": value} for key, value in tags.items()]
    match kind:
        case "cluster":
            made = aws.ecs.create_cluster(clusterName=prefix, tags=lower)["cluster"]
            return prefix, made.get("clusterArn", "")
        case "repository":
            aws.ecr.create_repository(repositoryName=f"{prefix}/web", tags=pairs)
            return f"{prefix}/web", f"{prefix}/web"
        case "bucket":
            name = scene.environment.model_bucket
            aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration=REGION)
            if pairs:
                aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})
            return name, name
        case "role":
            name = f"{prefix}-web-task"
            aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", Tags=pairs)
            return name, name
        case "load balancer":
            vpc = aws.ec2.create_vpc(CidrBlock="10.21.0.0/16")["Vpc"]["VpcId"]
            subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.21.1.0/24")["Subnet"]["SubnetId"]
            theirs: list[Any] = [*pairs, {"Key": "team", "Value": "web"}]
            balancers = aws.elbv2.create_load_balancer(Name=prefix, Subnets=[subnet], Tags=theirs)
            return prefix, balancers["LoadBalancers"][0]["LoadBalancerArn"]
    name = f"/ecs/{prefix}/web"
    aws.logs.create_log_group(logGroupName=name, tags=tags)
    return name, name


KINDS = ("cluster", "repository", "bucket", "role", "load balancer", "log group")
kinds = pytest.mark.parametrize("kind", KINDS)


def failures(scene: Scene) -> list[Finding]:
    return [each for each in names(scene) if each.level == "fail"]


@kinds
def test_a_strangers_thing_is_named_before_anything_is_touched(scene: Scene, kind: str) -> None:
    """The message has both fixes: another name, or, for a resource with data, the environment's tags."""
    name, _ = make(scene, kind, {})
    [finding] = failures(scene)
    assert finding.subject == f"{kind} {name}"
    assert "must be free or" in finding.detail
    assert "give `project` or the file another name, or delete it" in str(finding.fix)
    takes_over = "the next apply imports it" in str(finding.fix)
    assert takes_over == (kind in ("repository", "bucket", "log group"))


@kinds
def test_what_a_state_has_is_no_strangers(scene: Scene, kind: str) -> None:
    """This is so after every apply."""
    _, identity = make(scene, kind, {})
    assert failures(replace(scene, managed=frozenset({identity}))) == []


@kinds
def test_what_has_the_environments_tags_is_its_own(scene: Scene, kind: str) -> None:
    """An interrupted apply has left it, or it was kept."""
    make(scene, kind, dict(scene.environment.tags))
    assert failures(scene) == []


@kinds
def test_what_has_another_environments_tags_is_a_strangers(scene: Scene, kind: str) -> None:
    """Another clone may use a similar name; each command keeps to resources with its own tags."""
    make(scene, kind, {"project": "other", "environment": scene.environment.name})
    assert [each.subject.startswith(kind) for each in failures(scene)] == [True]


def test_free_names_are_told_in_one_line(scene: Scene) -> None:
    """Nothing with these names exists."""
    [finding] = names(scene)
    assert (finding.level, finding.subject) == ("ok", "names")


def test_what_is_only_called_alike_stops_nothing(scene: Scene) -> None:
    """A role that somebody made for the environment is reported, and left alone."""
    name = f"{scene.environment.prefix}-ci"
    scene.aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    told, free = names(scene)
    assert (told.level, told.subject, free.level) == ("skipped", f"role {name}", "ok")


def test_what_aws_makes_for_a_cluster_is_no_strangers(scene: Scene) -> None:
    """Container Insights' log group and a cache's images have no tags; they belong to the cluster's owner."""
    prefix = scene.environment.prefix
    scene.aws.logs.create_log_group(logGroupName=f"/aws/ecs/containerinsights/{prefix}/performance")
    scene.aws.ecr.create_repository(repositoryName=f"{prefix}/quay/nginx/nginx")
    assert [each.subject for each in names(scene)] == ["names"]
    make(scene, "cluster", {})
    found = [each.subject.partition(" ")[0] for each in names(scene)]
    assert sorted(found) == ["cluster", "log"]


def test_a_bucket_of_another_account_is_told(scene: Scene) -> None:
    """It is in no list of ours, and S3 only refuses to answer."""
    with Stubber(scene.aws.s3) as stub:
        stub.add_response("list_buckets", {"Buckets": []})
        stub.add_client_error("head_bucket", http_status_code=403)
        [finding] = failures(scene)
    assert finding.subject == f"bucket {scene.environment.model_bucket}"
    assert "another account has it" in finding.detail


@pytest.fixture
def touched(scene: Scene) -> Iterator[Callable[[], list[str]]]:
    """Somebody else's cluster with a running service, a bucket and a repository with content."""
    aws, prefix = scene.aws, scene.environment.prefix
    for kind in KINDS:
        make(scene, kind, {})
    aws.s3.put_object(Bucket=scene.environment.model_bucket, Key="theirs", Body=b"1")
    aws.autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{prefix}/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )

    def described() -> list[str]:
        """Return all of it, as AWS describes it."""
        bucket = scene.environment.model_bucket
        target = aws.autoscaling.describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{prefix}/web"]
        )["ScalableTargets"]
        return [
            str(aws.ecs.describe_clusters(clusters=[prefix], include=["SETTINGS", "TAGS"])["clusters"]),
            str(aws.ecr.describe_repositories(repositoryNames=[f"{prefix}/web"])["repositories"]),
            str([item["Key"] for item in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]]),
            str(aws.iam.get_role(RoleName=f"{prefix}-web-task")["Role"]),
            str(aws.elbv2.describe_load_balancers(Names=[prefix])["LoadBalancers"]),
            str(aws.logs.describe_log_groups(logGroupNamePrefix=f"/ecs/{prefix}/")["logGroups"]),
            str(target),
        ]

    yield described
    aws.autoscaling.deregister_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{prefix}/web",
        ScalableDimension="ecs:service:DesiredCount",
    )


def test_a_destroys_steps_leave_strangers_as_they_were(
    scene: Scene, touched: Callable[[], list[str]]
) -> None:
    """They are neither scaled, emptied nor deleted, nor counted as left."""
    before = touched()
    aws, environment = scene.aws, scene.environment
    scope = inventory.scope_of(aws, project=environment.project, environment=environment.name)
    found = inventory.foreign_resources(aws, scope, managed=frozenset())
    assert sorted(each.kind for each in found) == sorted(KINDS)
    spared = frozenset(each.arn for each in found)
    for step in (cleanup.prepare, cleanup.sweep):
        done = step(aws, environment=environment, keep_data=False, progress=print, spared=spared)
        assert done == []
    assert touched() == before
    left = inventory.take(aws, project=environment.project, environment=environment.name, spared=spared)
    assert left == []
