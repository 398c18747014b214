"""Existing resources: they are in this account, region and network, and accept what an apply adds."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wrapper.stack import ACCOUNT, Stack
from tests.wrapper.verify.scenes import found, only, scene_of
from wrapper.delivery.verify.bucket import bucket
from wrapper.delivery.verify.existing import cluster, repositories
from wrapper.delivery.verify.finding import Scene
from wrapper.delivery.verify.listener import alb
from wrapper.environment import (
    Cluster,
    ExistingAlb,
    ExistingBucket,
    ExistingCluster,
    ExistingNetwork,
    ExistingRepository,
    Image,
    Job,
    Models,
)

pytestmark = pytest.mark.slow

WAITS = {
    "image": {"service": "web"},
    "size": {"cpu": 256, "memory": 512},
    "trigger": {"object_created": {"prefix": "ratings/"}},
}

EXPIRING = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
            "action": {"type": "expire"},
        }
    ]
}


def scene_with(stack: Stack, **blocks: Any) -> Scene:
    """Return the stack's environment with other blocks."""
    scene = scene_of(stack)
    return Scene(
        aws=stack.aws,
        environment=scene.environment.model_copy(update=blocks),
        release=None,
        managed=frozenset(),
        sandbox=True,
    )


def in_cluster(stack: Stack, name: str, **changes: Any) -> Scene:
    return scene_with(stack, cluster=Cluster(existing=ExistingCluster(cluster_name=name), **changes))


@pytest.fixture(scope="module")
def shared(stack: Stack) -> Iterator[str]:
    """A cluster with Fargate, in which somebody's service has the name of ours."""
    stack.aws.ecs.create_cluster(clusterName="company", capacityProviders=["FARGATE"])
    stack.aws.ecs.register_task_definition(
        family="company-web", containerDefinitions=[{"name": "it", "image": stack.image}]
    )
    stack.aws.ecs.create_service(
        cluster="company", serviceName="web", taskDefinition="company-web", desiredCount=0
    )
    yield "company"
    stack.aws.ecs.delete_service(cluster="company", service="web", force=True)
    stack.aws.ecs.delete_cluster(cluster="company")


def test_nothing_is_asked_of_what_is_made(stack: Stack) -> None:
    """If the environment creates its own resources, these checks return nothing."""
    for check in (cluster, repositories, bucket, alb):
        assert found(check, scene_of(stack)) == []


def test_a_cluster_that_is_not_there_fails(stack: Stack) -> None:
    """The message says where it should be."""
    finding = only(cluster, in_cluster(stack, "gone"))
    assert (finding.level, finding.subject) == ("fail", "cluster.existing.cluster_name")
    assert f"account {ACCOUNT} in eu-west-1, but there is no active gone." in finding.detail


def test_a_service_of_that_name_in_the_cluster_fails(stack: Stack, shared: str) -> None:
    """ECS would refuse to create ours; the running image shows whose it is."""
    there, taken = found(cluster, in_cluster(stack, shared))
    assert (there.level, there.detail) == ("ok", "company exists")
    assert (taken.level, taken.subject) == ("fail", "services.web")
    assert "where such a service runs company-web." in taken.detail


def test_our_own_service_in_the_cluster_is_good(stack: Stack) -> None:
    """It exists after every apply but the first; here the cluster lacks what the service requires now."""
    [finding] = found(cluster, in_cluster(stack, stack.prefix))
    assert (finding.level, finding.subject) == ("fail", "cluster.existing.cluster_name")
    assert "lacks FARGATE." in finding.detail


def test_insights_that_the_owner_has_not_switched_on_fail(stack: Stack, shared: str) -> None:
    """Alarms would wait for metrics that never come."""
    finding = found(cluster, in_cluster(stack, shared, container_insights=True))[0]
    assert (finding.level, finding.subject) == ("fail", "cluster.container_insights")


def pushed_to(stack: Stack, name: str) -> Scene:
    scene = scene_of(stack)
    image = Image(context=".", existing=ExistingRepository(repository_name=name))
    web = scene.environment.services["web"].model_copy(update={"image": image})
    return scene_with(stack, services={"web": web})


def test_a_repository_that_is_not_there_fails(stack: Stack) -> None:
    """The fix creates one of that name."""
    finding = only(repositories, pushed_to(stack, "company/gone"))
    assert (finding.level, finding.subject) == ("fail", "services.web.image.existing.repository_name")
    assert "--repository-name company/gone" in str(finding.fix)


def test_a_repository_whose_owner_lets_images_expire_warns(stack: Stack) -> None:
    """None of our rules keeps the released images there."""
    stack.aws.ecr.create_repository(repositoryName="company/web")
    assert only(repositories, pushed_to(stack, "company/web")).level == "ok"
    stack.aws.ecr.put_lifecycle_policy(repositoryName="company/web", lifecyclePolicyText=json.dumps(EXPIRING))
    finding = only(repositories, pushed_to(stack, "company/web"))
    assert (finding.level, finding.subject) == ("warn", "services.web.image.existing.repository_name")


def with_bucket(stack: Stack, name: str, **blocks: Any) -> Scene:
    return scene_with(stack, models=Models(existing=ExistingBucket(bucket=name)), **blocks)


@pytest.fixture(scope="module")
def kept(stack: Stack) -> str:
    """A bucket with versions, as the checks require."""
    stack.aws.s3.create_bucket(
        Bucket="company-models", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    stack.aws.s3.put_bucket_versioning(Bucket="company-models", VersioningConfiguration={"Status": "Enabled"})
    return "company-models"


def test_a_bucket_with_versions_is_good(stack: Stack, kept: str) -> None:
    """A policy that denies plain HTTP is like ours."""
    stack.aws.s3.put_bucket_policy(Bucket=kept, Policy=denying({"Bool": {"aws:SecureTransport": "false"}}))
    assert only(bucket, with_bucket(stack, kept)).level == "ok"


def test_a_bucket_that_is_not_there_fails(stack: Stack) -> None:
    """A bucket of another account counts as missing, because each call names the expected owner."""
    finding = only(bucket, with_bucket(stack, "company-gone"))
    assert (finding.level, finding.subject) == ("fail", "models.existing.bucket")
    assert f"must be a bucket of account {ACCOUNT}" in finding.detail


def test_a_bucket_elsewhere_fails(stack: Stack) -> None:
    """Each model would cross regions, and events would reach no rule."""
    stack.aws.in_region("eu-central-1").s3.create_bucket(
        Bucket="company-far", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    finding = only(bucket, with_bucket(stack, "company-far"))
    assert "must be in eu-west-1, but company-far is in eu-central-1." in finding.detail


def test_a_bucket_without_versions_fails(stack: Stack) -> None:
    """An overwritten object would be lost."""
    stack.aws.s3.create_bucket(
        Bucket="company-bare", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    finding = only(bucket, with_bucket(stack, "company-bare"))
    assert (finding.level, finding.subject) == ("fail", "models.existing.bucket")
    assert "put-bucket-versioning --bucket company-bare" in str(finding.fix)


def test_a_bucket_that_tells_of_no_objects_fails_the_jobs_that_wait(stack: Stack, kept: str) -> None:
    """Its notifications belong to its owner."""
    waits = Job.model_validate(WAITS, strict=False)
    scene = with_bucket(stack, kept, jobs={"retrain": waits})
    assert "must send its events to EventBridge" in only(bucket, scene).detail
    stack.aws.s3.put_bucket_notification_configuration(
        Bucket=kept, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert only(bucket, scene).level == "ok"


def test_what_may_keep_tasks_from_models_warns(stack: Stack, kept: str) -> None:
    """It is a statement that denies, or a key that the tasks' roles may not use."""
    stack.aws.s3.put_bucket_policy(Bucket=kept, Policy=denying({"StringNotEquals": {"aws:SourceVpc": "x"}}))
    finding = only(bucket, with_bucket(stack, kept))
    assert (finding.level, finding.detail[-9:]) == ("warn", "in NotUs.")
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0a1b"
    default: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    stack.aws.s3.put_bucket_encryption(
        Bucket=kept,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    finding = only(bucket, with_bucket(stack, kept))
    assert (finding.level, f"resources: ['{key}']" in str(finding.fix)) == ("warn", True)


def denying(condition: dict[str, Any]) -> str:
    statement = {
        "Sid": "NotUs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::company-models", "arn:aws:s3:::company-models/*"],
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def front(stack: Stack) -> Iterator[ExistingAlb]:
    """Somebody's load balancer with a security group, a listener on 8080 and a rule."""
    aws = stack.aws
    group = aws.ec2.create_security_group(GroupName="company", Description="it", VpcId=stack.vpc_id)[
        "GroupId"
    ]
    [balancer] = aws.elbv2.create_load_balancer(
        Name="company", Subnets=[*stack.subnet_ids], SecurityGroups=[group]
    )["LoadBalancers"]
    answer: Any = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    [listener] = aws.elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=8080, DefaultActions=answer
    )["Listeners"]
    for priority in (7, 50000):
        aws.elbv2.create_rule(
            ListenerArn=listener["ListenerArn"],
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            Actions=answer,
        )
    yield ExistingAlb(
        load_balancer_arn=balancer["LoadBalancerArn"],
        listener_arn=listener["ListenerArn"],
        security_group_id=group,
        url=f"http://{balancer['DNSName']}:8080",
    )
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


def behind(stack: Stack, existing: ExistingAlb, vpc_id: str | None = None) -> Scene:
    declared = stack.environment
    vpc = ExistingNetwork(vpc_id=vpc_id or stack.vpc_id, public_subnet_ids=tuple(stack.subnet_ids))
    return scene_with(
        stack,
        alb=declared.alb.model_copy(update={"existing": existing}),
        network=declared.network.model_copy(update={"existing": vpc}),
    )


def failures(scene: Scene, **changes: Any) -> dict[str, str]:
    return {each.subject: each.detail for each in found(alb, scene, **changes) if each.level == "fail"}


def test_a_load_balancer_as_it_should_be_is_good(stack: Stack, front: ExistingAlb) -> None:
    """Each key is checked; its priorities are free."""
    findings = found(alb, behind(stack, front), priorities={8: "web"})
    assert {each.level for each in findings} == {"ok"}
    assert [each.subject for each in findings] == [
        "alb.existing.load_balancer_arn",
        "network.existing.vpc_id",
        "alb.existing.security_group_id",
        "alb.existing.listener_arn",
        "alb.existing.url",
        "priorities of alb.existing",
    ]


def test_a_load_balancer_that_is_not_there_fails(stack: Stack, front: ExistingAlb) -> None:
    """Then nothing else of it is checked."""
    gone = front.model_copy(update={"load_balancer_arn": f"{front.load_balancer_arn[:-16]}0123456789abcdef"})
    assert list(failures(behind(stack, gone))) == ["alb.existing.load_balancer_arn"]


def test_what_does_not_belong_to_the_load_balancer_fails(stack: Stack, front: ExistingAlb) -> None:
    """VPC, security group and listener each fail by their key, with the required value."""
    other = front.model_copy(
        update={"security_group_id": "sg-0000000a", "listener_arn": f"{front.listener_arn[:-4]}0000"}
    )
    said = failures(behind(stack, other, vpc_id="vpc-0000000a"))
    assert list(said) == [
        "network.existing.vpc_id",
        "alb.existing.security_group_id",
        "alb.existing.listener_arn",
    ]
    assert said["network.existing.vpc_id"].startswith(f"must be {stack.vpc_id}")
    assert f"({front.security_group_id}), got sg-0000000a." in said["alb.existing.security_group_id"]


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("http://{host}", "fail"),
        ("https://{host}:8080", "fail"),
        ("http://{host}:8080", "ok"),
        ("https://shop.example.com", "skipped"),
    ],
)
def test_a_url_is_the_listeners(stack: Stack, front: ExistingAlb, url: str, level: str) -> None:
    """Its scheme and port are compared; where another host name leads is unknown."""
    host = front.url.removeprefix("http://").removesuffix(":8080")
    called = front.model_copy(update={"url": url.format(host=host)})
    [finding] = [each for each in found(alb, behind(stack, called)) if each.subject == "alb.existing.url"]
    assert finding.level == level


def test_priorities_of_other_rules_fail(stack: Stack, front: ExistingAlb) -> None:
    """AWS would refuse the rule during an apply; each conflict has its own fix."""
    findings = found(alb, behind(stack, front), priorities={7: "web", 8: "web", 50000: "rest"})
    first, last = [each for each in findings if each.level == "fail"]
    assert (first.subject, last.subject) == ("services.web.route", "services.rest.route")
    assert first.detail.endswith(" has 7.")
    assert str(first.fix).endswith(",Priority=9")
    assert "give services.rest.route hosts or paths" in str(last.fix)


def test_priorities_of_our_own_rules_are_ours(stack: Stack, front: ExistingAlb) -> None:
    """After the first apply the state contains them."""
    described = stack.aws.elbv2.describe_rules(ListenerArn=front.listener_arn)["Rules"]
    ours = frozenset(each["RuleArn"] for each in described)
    assert failures(behind(stack, front), priorities={7: "web"}, managed=ours) == {}
