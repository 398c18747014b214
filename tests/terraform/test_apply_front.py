"""The optional parts in front of services, applied to a sandbox."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.terraform.examples import APP, DIGEST, FOUNDATION, changed, service
from tests.terraform.roots import Root, copy_root
from tests.terraform.test_apply import ACCOUNT, HERE, inside, started  # noqa: F401  (fixtures, by their names)
from tests.wrapper.sandbox.stage import aws_of
from wrapper import inventory, sandbox
from wrapper.aws.client import Aws
from wrapper.inventory import Resource
from wrapper.sandbox import ensure_zone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

BUCKET = f"shop-dev-access-logs-{ACCOUNT}"
ZONE = {"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"}
HOSTS = ["films.example.com", "*.films.example.com", "books.example.com"]
KINDS = {
    *("certificate", "record", "web ACL", "flow log", "listener", "load balancer", "log group", "bucket"),
    *("vpc", "security group", "role"),
}


@dataclass
class Front:
    """A sandbox, both stacks, and the inputs of an app whose service has no tasks."""

    aws: Aws
    foundation: Root
    app: Root
    foundation_values: dict[str, Any]
    values: dict[str, Any]

    def found(self) -> list[Resource]:
        return inventory.take(
            self.aws, project="shop", environment="dev", zone_id=ZONE["zone_id"], hosts=HOSTS
        )

    def kinds(self) -> set[str]:
        return {resource.kind for resource in self.found()}


@pytest.fixture(scope="module")
def site(
    started: sandbox.Sandbox,  # noqa: F811
    inside: dict[str, str],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Front:
    """A foundation with a bucket for access logs, and an app before its first apply."""
    aws = aws_of(started)
    ensure_zone(aws, **ZONE)
    work = tmp_path_factory.mktemp("front")
    foundation = Root(copy_root("stacks/foundation", work, offline=False), inside)
    app = Root(copy_root("stacks/app", work, offline=False), inside)
    foundation_values = {**FOUNDATION, **HERE, "access_logs": {"retention_days": 30}}
    made = foundation.apply(foundation_values)
    idle = service(
        image=f"registry.example.com/nothing@{DIGEST}",
        repository_arn=None,
        model=None,
        desired_count=0,
        scaling={"min": 0, "max": 1},
        route={"hosts": HOSTS},
    )
    values = changed(
        {**APP, **HERE, "model_bucket": made["model_bucket"], "services": {"films": idle}},
        network__flow_logs={"retention_days": 14},
        alb__access_logs_bucket=BUCKET,
        alb__waf={"rate_limit": 2000},
        dns=ZONE,
    )
    return Front(aws, foundation, app, foundation_values, values)


@pytest.fixture(scope="module")
def front(site: Front) -> Front:
    """Both stacks applied with all optional parts in front of the services."""
    site.app.apply(site.values)
    return site


def test_everything_in_front_settles(front: Front) -> None:
    """AWS returns exactly what was requested: the second plan is empty, and there is no drift."""
    assert front.app.changes(front.values) == {}
    assert front.app.drift(front.values) == []
    assert front.foundation.changes(front.foundation_values) == {}


def test_only_what_can_stand_twice_is_created_before_it_is_destroyed(front: Front) -> None:
    """create_before_destroy applies to all that a resource depends on, but a name can exist only once."""
    found = {
        f"{each['type']}.{each['name']}"
        for each in front.app.resources()
        if any(instance.get("create_before_destroy") for instance in each["instances"])
    }
    assert found == {
        "aws_acm_certificate.hosts",
        "aws_lb_target_group.tasks",
        "aws_subnet.public",
        "aws_vpc.network",
    }


def test_inventory_knows_every_kind(front: Front) -> None:
    """The inventory finds every kind of resource that an apply creates."""
    assert front.kinds() >= KINDS
    records = sorted(resource.name for resource in front.found() if resource.kind == "record")
    assert [name for name in records if name.startswith("A ")] == [
        f"A {host}" for host in sorted(["\\052.films.example.com", "books.example.com", "films.example.com"])
    ]
    assert len([name for name in records if name.startswith("CNAME _")]) == 2


def test_load_balancer_writes_access_logs_until_told(front: Front) -> None:
    """They go to the environment's bucket until the setting is removed."""
    [balancer] = front.aws.elbv2.describe_load_balancers(Names=["shop-dev"])["LoadBalancers"]
    attributes = front.aws.elbv2.describe_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )["Attributes"]
    told = {item.get("Key"): item.get("Value") for item in attributes}
    assert (told["access_logs.s3.enabled"], told["access_logs.s3.bucket"]) == ("true", BUCKET)


def test_another_host_replaces_the_certificate_under_the_listener(front: Front) -> None:
    """The new certificate exists before the old one is deleted, and the listener is only updated."""
    values = changed(front.values, services__films__route__hosts=[*HOSTS, "music.example.com"])
    planned = front.app.changes(values)
    assert planned["module.certificate[0].aws_acm_certificate.hosts"] == ["create", "delete"]
    assert planned["module.alb[0].aws_lb_listener.https[0]"] == ["update"]
    front.app.apply(values)
    assert front.app.changes(values) == {}
    assert len([each for each in front.found() if each.kind == "certificate"]) == 1


def test_what_outlived_a_state_is_taken_over(front: Front) -> None:
    """Log groups, buckets and repositories are imported: AWS would not create their names a second time."""
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    job = {"image": f"registry.example.com/nothing@{DIGEST}", "size": {"cpu": 256, "memory": 512}}
    values = changed(front.values, cluster__exec_logs={"kms_key_arn": key}, jobs={"report": job})
    front.app.apply(values)
    groups = {
        'module.ecs_service["films"].aws_cloudwatch_log_group.service': "/ecs/shop-dev/films",
        'module.job["report"].aws_cloudwatch_log_group.job': "/ecs/shop-dev/report",
        "module.ecs_cluster[0].aws_cloudwatch_log_group.sessions[0]": "/ecs/shop-dev/exec",
        "module.flow_logs[0].aws_cloudwatch_log_group.flow_logs": "/vpc/shop-dev/flow-logs",
    }
    places = {
        'module.ecr["recommender"].aws_ecr_repository.images': "shop-dev/recommender",
        "module.model_store[0].aws_s3_bucket.models": f"shop-dev-models-{ACCOUNT}",
        "module.access_logs[0].aws_s3_bucket.logs": BUCKET,
    }
    roots = ((front.app, values, groups), (front.foundation, front.foundation_values, places))
    for root, given, lost in roots:
        root.forget(*lost)
        root.apply({**given, "import_ids": [*lost.values()]})
        assert root.changes(given) == {}
        assert {*lost} <= {*root.addresses()}


def test_destroy_leaves_nothing_behind(front: Front) -> None:
    """Only the zone's own records are left, and the revisions of a task definition that ECS keeps."""
    front.app.destroy(front.values)
    front.foundation.destroy(front.foundation_values)
    assert front.app.resources() == front.foundation.resources() == []
    assert {each.kind for each in front.found()} <= {"task definition"}
    zone = front.aws.route53.list_resource_record_sets(HostedZoneId=ZONE["zone_id"])["ResourceRecordSets"]
    assert {record["Type"] for record in zone} == {"NS", "SOA"}
