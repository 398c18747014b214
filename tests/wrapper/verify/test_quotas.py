"""Quotas, with AWS's answers from botocore's own stubs, and every request checked."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from tests.wrapper.verify.scenes import scene_of
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery.verify import Finding, Scene, look
from wrapper.delivery.verify.quotas import quotas
from wrapper.environment import Capacity, ExistingAlb, ExistingNetwork, Scaling, Share, Variant

METRIC = {
    "MetricNamespace": "AWS/Usage",
    "MetricName": "ResourceCount",
    "MetricDimensions": {"Service": "Fargate", "Class": "Standard/OnDemand"},
    "MetricStatisticRecommendation": "Maximum",
}


LISTENER = ExistingAlb(
    load_balancer_arn="arn:balancer", listener_arn="arn:listener", security_group_id="sg-0a1b2c3d", url="d"
)


def findings(
    *,
    vcpus: float,
    used: float = 0,
    addresses: int = 0,
    rules: int = 100,
    capacity: Capacity | None = None,
    existing: bool = False,
    others: int | None = None,
    has_variant: bool = False,
) -> dict[str, Finding]:
    """Check an environment of two to four tasks that has no service in ECS yet, in such an account.

    With `others` it uses a listener with this many rules of others.
    """
    declared = stacks.environment("prod", target="aws")
    web = declared.services["web"]
    web = web.model_copy(
        update={
            "scaling": Scaling(min=2, max=4),
            "size": web.size.model_copy(update={"cpu": 1024}),
            "capacity": capacity or Capacity(),
        }
    )
    vpc = ExistingNetwork(vpc_id="vpc-0a1b2c3d") if existing else None
    network = declared.network.model_copy(update={"egress": "nat_per_zone", "existing": vpc})
    balancer = None if others is None else LISTENER
    alb = declared.alb.model_copy(update={"existing": balancer})
    services = {"web": web}
    if has_variant:
        services = {"web": web.model_copy(update={"variants": {"x": Variant(weight=5)}}), "web-x": web}
    environment = declared.model_copy(update={"services": services, "network": network, "alb": alb})
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    scene = Scene(
        aws=aws, environment=environment, release=None, managed=frozenset({"arn:ours"}), sandbox=False
    )
    with ExitStack() as stack:
        code = "L-36FBB829" if capacity and capacity.fargate_spot else "L-3032A538"
        names = [each for name in services for each in (name, f"{name}-green")]
        for stub in _stubs(aws, code, vcpus, used, addresses, rules, others, names):
            stack.enter_context(stub)
        return {finding.subject: finding for finding in look(scene, [quotas])}


def _stubs(
    aws: Aws,
    code: str,
    vcpus: float,
    used: float,
    addresses: int,
    rules: int,
    others: int | None,
    names: list[str],
) -> Iterator[Stubber]:
    fargate = {"ServiceCode": "fargate", "QuotaCode": code}
    elastic = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3"}
    stub = Stubber(aws.quotas)
    stub.add_response("get_service_quota", {"Quota": {"Value": vcpus, "UsageMetric": METRIC}}, fargate)
    stub.add_client_error("get_service_quota", "NoSuchResourceException", expected_params=elastic)
    stub.add_response("get_aws_default_service_quota", {"Quota": {"Value": 5.0}}, elastic)
    yield stub
    yield _answering(aws.ecs, "describe_services", {"services": []}, cluster="films-prod", services=names)
    dimensions = [
        {"Name": "Service", "Value": "Fargate"},
        {"Name": "Class", "Value": "Standard/OnDemand"},
    ]
    yield _answering(
        aws.cloudwatch,
        "get_metric_statistics",
        {"Datapoints": [{"Timestamp": 2, "Maximum": used}, {"Timestamp": 1, "Maximum": 99.0}]},
        **dict.fromkeys(("StartTime", "EndTime", "Period"), ANY),
        Namespace="AWS/Usage",
        MetricName="ResourceCount",
        Dimensions=dimensions,
        Statistics=["Maximum"],
    )
    held = [{"AllocationId": f"eipalloc-{number}"} for number in range(addresses)]
    yield _answering(aws.ec2, "describe_addresses", {"Addresses": held})
    limit = {"Name": "rules-per-application-load-balancer", "Max": str(rules)}
    balancing = _answering(aws.elbv2, "describe_account_limits", {"Limits": [limit]})
    if others is not None:
        theirs = [{"RuleArn": f"arn:{number}", "IsDefault": False} for number in range(others)]
        answer = {"Rules": [{"RuleArn": "arn:ours"}, {"RuleArn": "arn:default", "IsDefault": True}, *theirs]}
        balancing.add_response("describe_rules", answer, {"ListenerArn": LISTENER.listener_arn})
    yield balancing


def _answering(client: Any, operation: str, answer: dict[str, Any], **expected: Any) -> Stubber:
    stub = Stubber(client)
    stub.add_response(operation, answer, expected)
    return stub


def test_quotas_that_suffice_are_good() -> None:
    """At most eight vCPUs are needed, two addresses, one rule."""
    found = findings(vcpus=16, used=8)
    assert {each.level for each in found.values()} == {"ok"}
    assert found["quota Fargate On-Demand vCPU"].detail == "8 vCPUs free, at most 8 needed"


@pytest.mark.parametrize(("used", "level"), [(11, "warn"), (15, "fail")])
def test_vcpus_must_suffice_for_what_comes_next(used: float, level: str) -> None:
    """The first roll-out needs two of them; scaling.max with both versions at once needs eight."""
    finding = findings(vcpus=16, used=used)["quota Fargate On-Demand vCPU"]
    assert finding.level == level
    assert "--service-code fargate --quota-code L-3032A538" in str(finding.fix)


def test_spot_has_a_quota_of_its_own() -> None:
    """If all tasks run on Spot, only that one is checked."""
    found = findings(vcpus=1, capacity=Capacity(fargate_spot=Share(weight=1)))
    assert found["quota Fargate Spot vCPU"].level == "fail"
    assert "quota Fargate On-Demand vCPU" not in found


def test_a_vpc_that_exists_takes_no_new_address() -> None:
    """It has its gateways already, or none."""
    finding = findings(vcpus=16, addresses=5, existing=True)["quota Elastic IPs"]
    assert (finding.level, finding.detail) == ("ok", "0 addresses free, at most 0 needed")


def test_every_nat_gateway_takes_an_address() -> None:
    """There are two zones, two gateways, and one of AWS's five addresses left."""
    finding = findings(vcpus=16, addresses=4)["quota Elastic IPs"]
    assert finding.level == "fail"
    assert finding.detail == "must leave 2 addresses for the next roll-out, got 1 free."


def test_every_route_takes_a_rule() -> None:
    """A load balancer without room for it would make an apply fail in the middle."""
    finding = findings(vcpus=16, rules=0)["quota rules of the load balancer"]
    assert finding.level == "fail"


@pytest.mark.parametrize(("rules", "level"), [(2, "fail"), (3, "ok")])
def test_a_variant_has_a_rule_for_its_header(rules: int, level: str) -> None:
    """Its service has one, too; besides, there is the one route that both share."""
    found = findings(vcpus=64, rules=rules, has_variant=True)
    assert found["quota rules of the load balancer"].level == level


@pytest.mark.slow
def test_quotas_that_were_never_set_are_aws_defaults(stack: Stack) -> None:
    """An account that never requested more has no value of its own; the sandbox answers as AWS does."""
    found = {each.subject: each for each in look(replace(scene_of(stack), sandbox=False), [quotas])}
    assert found["quota Fargate On-Demand vCPU"].detail.startswith("6 vCPUs free")
    assert found["quota rules of the load balancer"].detail.startswith("100 rules free")
    assert {each.level for each in found.values()} == {"ok"}


@pytest.mark.parametrize(("others", "level"), [(99, "ok"), (100, "fail")])
def test_rules_of_others_take_their_share(others: int, level: str) -> None:
    """They are those of an existing listener; ours from an earlier apply count as required."""
    assert findings(vcpus=16, others=others)["quota rules of the load balancer"].level == level
