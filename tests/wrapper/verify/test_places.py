"""Log groups, certificates, subnets: what exists, and what prevents an apply."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.wrapper.sandbox.stage import eventually
from tests.wrapper.stack import ACCOUNT, Stack
from tests.wrapper.verify.scenes import only, scene_of
from wrapper.delivery.verify.places import certificate, log_groups
from wrapper.delivery.verify.quotas import quotas
from wrapper.delivery.verify.subnets import subnets
from wrapper.environment import ExistingNetwork

pytestmark = pytest.mark.slow


def test_a_log_group_that_terraform_manages_is_good(stack: Stack) -> None:
    """It exists after every apply."""
    assert only(log_groups, scene_of(stack)).level == "ok"


@pytest.mark.parametrize(("managed", "level"), [(True, "warn"), (False, "skipped")])
def test_a_log_group_that_is_not_there_is_made(stack: Stack, managed: bool, level: str) -> None:
    """If it was deleted by hand, no task starts until an apply creates it."""
    scene = scene_of(stack)
    services = {"other": scene.environment.services["web"]}
    environment = scene.environment.model_copy(update={"services": services})
    known = frozenset({f"/ecs/{stack.prefix}/other"} if managed else ())
    assert only(log_groups, scene, environment=environment, managed=known).level == level


def test_an_issued_certificate_is_good(stack: Stack) -> None:
    """ACM calls it ISSUED after its validation, and it is valid for a year."""
    acm, route53 = stack.aws.acm, stack.aws.route53
    made = acm.request_certificate(DomainName="films.example.com", ValidationMethod="DNS")
    arn = made["CertificateArn"]
    [proof] = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record: Any = proof["ResourceRecord"]
    zone = route53.create_hosted_zone(Name="example.com", CallerReference=stack.prefix)["HostedZone"]["Id"]
    records: Any = {
        "Name": record["Name"],
        "Type": record["Type"],
        "TTL": 60,
        "ResourceRecords": [{"Value": record["Value"]}],
    }
    changes: Any = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": records}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    scene = scene_of(stack, alb={"certificate_arn": arn})
    finding = eventually(lambda: (found := only(certificate, scene)).level == "ok" and found)
    assert (finding.level, finding.detail) == ("ok", "films.example.com is issued")


@pytest.mark.parametrize(
    ("region", "said"),
    [("eu-west-1", "must be a certificate that exists"), ("us-east-1", "region eu-west-1")],
)
def test_a_certificate_that_is_not_there_fails(stack: Stack, region: str, said: str) -> None:
    """A certificate of another region counts as missing, too."""
    arn = f"arn:aws:acm:{region}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
    finding = only(certificate, scene_of(stack, alb={"certificate_arn": arn}))
    assert (finding.level, finding.subject) == ("fail", "alb.certificate_arn")
    assert said in finding.detail


@pytest.mark.parametrize(
    ("certified", "level", "said"),
    [
        ({"Status": "PENDING_VALIDATION"}, "fail", "must be issued, got PENDING_VALIDATION."),
        ({"Status": "EXPIRED"}, "fail", "must be issued, got EXPIRED."),
        ({"Status": "ISSUED", "NotAfter": datetime(2026, 1, 2, tzinfo=UTC)}, "warn", "ends on 2026-01-02."),
    ],
)
def test_a_certificate_that_callers_would_refuse_is_told(
    stack: Stack, certified: dict[str, Any], level: str, said: str
) -> None:
    """The answers are ACM's; the sandbox can't give them, because it issues certificates at once."""
    arn = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
    with Stubber(stack.aws.acm) as stub:
        stub.add_response("describe_certificate", {"Certificate": certified}, {"CertificateArn": arn})
        finding = only(certificate, scene_of(stack, alb={"certificate_arn": arn}))
    assert (finding.level, finding.subject) == (level, "alb.certificate_arn")
    assert finding.detail.endswith(said)


def test_subnets_are_made_by_the_first_apply(stack: Stack) -> None:
    """Without a service in ECS there is nothing to count."""
    scene = scene_of(stack)
    environment = scene.environment.model_copy(update={"name": "never"})
    assert only(subnets, scene, environment=environment).level == "skipped"


def test_subnets_that_exist_are_looked_at_before(stack: Stack) -> None:
    """They are those in which the tasks will start: with egress public the public ones."""
    scene = scene_of(stack)
    first, second = stack.subnet_ids
    vpc = ExistingNetwork(vpc_id=stack.vpc_id, public_subnet_ids=(first,), private_subnet_ids=(second,))
    network = scene.environment.network.model_copy(update={"existing": vpc})
    environment = scene.environment.model_copy(update={"name": "never", "network": network})
    assert "251 addresses free" in only(subnets, scene, environment=environment).detail


@pytest.mark.parametrize(
    ("scaling", "level"),
    [
        ({"min": 2, "max": 2}, "ok"),
        ({"min": 2, "max": 400}, "warn"),
        ({"min": 300, "max": 300}, "fail"),
    ],
)
def test_tasks_need_an_address_each(stack: Stack, scaling: dict[str, Any], level: str) -> None:
    """Two subnets have 251 free addresses: the next roll-out must fit, and the maximum should."""
    finding = only(subnets, scene_of(stack, scaling=scaling))
    assert finding.level == level
    assert "50" in finding.detail  # some 500 are free


def test_the_sandbox_has_no_quotas(stack: Stack) -> None:
    """The message says so instead of calling them sufficient."""
    finding = only(quotas, scene_of(stack))
    assert (finding.level, finding.detail) == ("skipped", "not checked: the sandbox has none")
