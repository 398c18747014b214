"""The table of calls and permissions: AWS's own references know every row."""

import json
import re
from pathlib import Path
from typing import Any

import jmespath
import pytest
from botocore import xform_name

from tests.terraform.policies import listed
from tests.wrapper.judge.requests import model, request
from tests.wrapper.judge.test_wire import sample
from wrapper.aws.judge.evaluator import Question, ask
from wrapper.aws.judge.rights import Memory, Unjudged, rights, table
from wrapper.aws.judge.wire import Call, Shape, read

ACCOUNT = "123456789012"
HERE = f"eu-west-1:{ACCOUNT}"
ELB = f"arn:aws:elasticloadbalancing:{HERE}"
# The values of requests that name a resource by ARN, by the parameter's name or by service and name.
ARNS = {
    "AliasName": "alias/shop",
    "CertificateArn": f"arn:aws:acm:{HERE}:certificate/1",
    "DeliverLogsPermissionArn": f"arn:aws:iam::{ACCOUNT}:role/shop",
    "HostedZoneId": "Z1",
    "ListenerArn": f"{ELB}:listener/app/shop/1/2",
    "LoadBalancerArn": f"{ELB}:loadbalancer/app/shop/1",
    "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com",
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/shop",
    "ResourceArns": [f"{ELB}:targetgroup/shop/1"],
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/shop",
    "RuleArn": f"{ELB}:listener-rule/app/shop/1/2/3",
    "SubscriptionArn": f"arn:aws:sns:{HERE}:shop:1",
    "TargetGroupArn": f"{ELB}:targetgroup/shop/1",
    "TopicArn": f"arn:aws:sns:{HERE}:shop",
    "Url": "https://example.com",
    "WebACLArn": f"arn:aws:wafv2:{HERE}:regional/webacl/shop/1",
    "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/shop",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/shop",
    "role": f"arn:aws:iam::{ACCOUNT}:role/shop",
    "serviceDeploymentArn": f"arn:aws:ecs:{HERE}:service-deployment/shop/web/1",
    "serviceDeploymentArns": [f"arn:aws:ecs:{HERE}:service-deployment/shop/web/1"],
    "serviceRevisionArns": [f"arn:aws:ecs:{HERE}:service-revision/shop/web/1"],
    "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/shop",
    ("application-autoscaling", "ResourceARN"): f"arn:aws:application-autoscaling:{HERE}:scalable-target/1",
    ("cloudwatch", "ResourceARN"): f"arn:aws:cloudwatch:{HERE}:alarm:shop",
    ("ec2", "Resources"): ["vpc-1", "sgr-1"],
    ("ecr", "resourceArn"): f"arn:aws:ecr:{HERE}:repository/shop",
    ("ecs", "resourceArn"): f"arn:aws:ecs:{HERE}:service/shop/web",
    ("ecs", "taskDefinitions"): ["shop:1"],
    ("events", "ResourceARN"): f"arn:aws:events:{HERE}:rule/shop",
    ("logs", "logGroupIdentifier"): None,
    ("logs", "resourceArn"): f"arn:aws:logs:{HERE}:log-group:shop",
    ("route53", "ResourceType"): "hostedzone",
    ("s3", "CopySource"): "bucket/key",
    ("s3", "Delete"): {"Objects": [{"Key": "key"}, {"Key": "key", "VersionId": "1"}]},
    ("scheduler", "ResourceArn"): f"arn:aws:scheduler:{HERE}:schedule-group/shop",
    ("service-quotas", "QuotaCode"): "L-1",
    ("sns", "ResourceArn"): f"arn:aws:sns:{HERE}:shop",
    ("wafv2", "ARN"): None,
    ("wafv2", "ResourceARN"): f"arn:aws:wafv2:{HERE}:regional/webacl/shop/1",
    ("wafv2", "ResourceArn"): f"{ELB}:loadbalancer/app/shop/1",
}
SERVICES = sorted(table())
WRAPPER = Path(__file__).parents[3] / "wrapper"
# A sandbox and its rehearsal call no AWS.
SOURCES = [path for path in WRAPPER.rglob("*.py") if not {"sandbox", "rehearse"} & set(path.parts)]
CALLED = re.compile(r"\.([a-z]+_[a-z_0-9]+)\(|\"([a-z]+_[a-z_0-9]+)\"")
# Names like operations of AWS that are none, each with its reason.
OTHERS_CALLS = {"create_connection"}  # of a socket


def named(service: str, value: Any) -> Any:
    """Replace sample texts by ARNs."""
    if isinstance(value, dict):
        found = {name: ARNS.get((service, name), ARNS.get(name, each)) for name, each in value.items()}
        return {name: named(service, each) for name, each in found.items() if each is not None}
    if isinstance(value, list):
        return [named(service, each) for each in value]
    return "shop" if value == "a b" else value


def calls(service: str) -> list[Call]:
    rows = table()[service]
    found = []
    for name in [*rows.get("everything", []), *rows.get("operations", {})]:
        shape: Shape | None = model(service).operation_model(name).input_shape
        params = named(service, (sample(shape) if shape else {}) or {})
        found.append(read(request(service, name, params)))
    return found


@pytest.fixture(scope="module")
def refused(tools: Path) -> dict[str, list[str]]:
    """What an administrator may not do, by service."""
    role = {"policies": {"all": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}}
    memory = Memory([], ACCOUNT)
    asked = [
        (service, Question("admin", each))
        for service in SERVICES
        for call in calls(service)
        for each in rights(call, memory)
    ]
    answers = ask(tools, {"admin": role}, [question for _, question in asked])
    found: dict[str, list[str]] = {service: [] for service in SERVICES}
    for (service, question), answer in zip(asked, answers, strict=True):
        if not answer.allowed:
            found[service].append(f"{question.asked.action} on {question.asked.resource}: {answer.error}")
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_row_is_known_to_the_reference(service: str, refused: dict[str, list[str]]) -> None:
    """For an administrator each row is allowed, so no action and no resource type is invented."""
    assert refused[service] == []


def test_every_row_has_a_source() -> None:
    """Each has a page of AWS's: the service's own, or the row's if it needs more."""
    for service, rows in table().items():
        assert rows["source"].startswith("https://docs.aws.amazon.com/"), service
        prefix = rows.get("prefix", service)
        for operation, found in rows.get("operations", {}).items():
            for row in found:
                foreign = not row.get("action", f"{prefix}:").startswith(f"{prefix}:")
                assert not foreign or row["source"].startswith("https://docs.aws.amazon.com/"), operation
                for expression in filter(None, (row.get("if"), row.get("tags"))):
                    jmespath.compile(expression)


def test_every_call_of_the_wrapper_is_granted(today: dict[str, Any]) -> None:
    """Names are compared, so a new call needs its row and permission before any recording has it."""
    granted = {
        action
        for document in today["shop-prod-github-apply"]["policies"].values()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    known: dict[str, list[bool]] = {}
    for service, rows in table().items():
        prefix = rows.get("prefix", service)
        for name in model(service).operation_names:
            own = rows.get("operations", {}).get(name)
            actions = [row.get("action", f"{prefix}:{name}") for row in own or []]
            in_table = own is not None or name in rows.get("everything", [])
            needed = actions if own is not None else [f"{prefix}:{name}"]
            known.setdefault(xform_name(name), []).append(in_table and granted.issuperset(needed))
    found = [each for path in SOURCES for each in CALLED.findall(path.read_text("utf-8"))]
    called = {name for names in found for name in names if name}
    missing = {name for name in called & known.keys() if not any(known[name])}
    assert missing == OTHERS_CALLS


def test_a_call_without_a_row_can_not_be_judged() -> None:
    """That is an unknown service or operation, or parameters that match no row."""
    memory = Memory([], ACCOUNT)
    for service, operation, params in (
        ("polly", "ListLexicons", {}),
        ("ecs", "DeleteAttributes", {}),
        ("ecs", "StopServiceDeployment", {}),
        ("ec2", "CreateTags", {"Resources": ["moon-1"], "Tags": []}),
    ):
        with pytest.raises(Unjudged):
            rights(read(request(service, operation, params)), memory)


def test_what_a_call_only_names_is_looked_up() -> None:
    """A task's roles are read from its definition, those of instances from the launch template."""
    lines = [
        request("ecs", "RegisterTaskDefinition", {"family": "shop-web", "taskRoleArn": ARNS["taskRoleArn"]}),
        request("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": "big", "RoleName": "shop-big"}),
        request(
            "ec2",
            "CreateLaunchTemplate",
            {
                "LaunchTemplateName": "big",
                "LaunchTemplateData": {
                    "ImageId": "resolve:ssm:/aws/service/ecs/ami",
                    "IamInstanceProfile": {"Name": "big"},
                },
            },
        ),
    ]
    memory = Memory([read(line) for line in lines], ACCOUNT)
    run = read(request("ecs", "RunTask", {"cluster": "shop", "taskDefinition": "shop-web:3"}))
    group = read(
        request(
            "autoscaling",
            "CreateAutoScalingGroup",
            {
                "AutoScalingGroupName": "big",
                "MinSize": 0,
                "MaxSize": 1,
                "LaunchTemplate": {"LaunchTemplateId": "lt-1"},
            },
        )
    )
    asked = {(each.action, each.resource) for call in (run, group) for each in rights(call, memory)}
    assert {
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/shop"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/shop-big"),
        ("ssm:GetParameters", "arn:aws:ssm:eu-west-1::parameter/aws/service/ecs/ami"),
        ("ecs:RunTask", f"arn:aws:ecs:{HERE}:task-definition/shop-web:3"),
    } <= asked


def test_tags_are_asked_for_as_tag_on_create_is() -> None:
    """A create with tags needs the tagging action, too, with the keys that policies compare."""
    memory = Memory([], ACCOUNT)
    tagged = read(
        request("ecs", "CreateCluster", {"clusterName": "shop", "tags": [{"key": "a", "value": "b"}]})
    )
    [tagging] = [each for each in rights(tagged, memory) if each.action == "ecs:TagResource"]
    assert json.loads(json.dumps(tagging.context)) == {
        "aws:RequestTag/a": "b",
        "aws:TagKeys": ["a"],
        "ecs:CreateAction": "CreateCluster",
    }
    plain = read(request("ecs", "CreateCluster", {"clusterName": "shop"}))
    assert not [each for each in rights(plain, memory) if each.action == "ecs:TagResource"]
