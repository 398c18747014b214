"""What AWS refuses although a client can send it: by AWS's models, and by rules that they lack."""

import json
from typing import Any

import pytest

from tests.wrapper.judge.requests import request
from wrapper.aws.judge import models, rules
from wrapper.aws.judge.schedule import problem
from wrapper.aws.judge.wire import read

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/1/2"
RULE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/1/2/3"


def found(*lines: dict[str, Any]) -> list[str]:
    told = [(line, read(line)) for line in lines]
    return [
        *(each for _, call in told for each in models.problems(call)),
        *(text for _, text in rules.problems(told)),
    ]


MODELS = [
    ("logs", "PutRetentionPolicy", {"logGroupName": "/ecs/shop"}, "retentionInDays is missing"),
    ("logs", "CreateLogGroup", {"logGroupName": "/ecs/shop!"}, "logGroupName must match"),
    (
        "ecs",
        "RunTask",
        {"taskDefinition": "shop:1", "launchType": "LAMBDA"},
        "launchType must be one of EC2, FARGATE",
    ),
    (
        "elbv2",
        "CreateRule",
        {"ListenerArn": LISTENER, "Conditions": [], "Actions": [], "Priority": 0},
        "Priority must be at least 1, got 0",
    ),
    (
        "elbv2",
        "CreateRule",
        {"ListenerArn": LISTENER, "Conditions": [], "Actions": [], "Priority": 50001},
        "Priority must be at most 50000, got 50001",
    ),
    (
        "iam",
        "CreateRole",
        {"RoleName": "a" * 65, "AssumeRolePolicyDocument": '{"Statement": []}'},
        "RoleName must be at most 64, got 65",
    ),
    (
        "ecr",
        "PutImageScanningConfiguration",
        {"repositoryName": "shop", "imageScanningConfiguration": {"scanOnPush": "yes"}},
        "imageScanningConfiguration.scanOnPush must be of type boolean",
    ),
    ("scheduler", "CreateScheduleGroup", {"Name": "a b"}, "Name must match"),
    (
        "s3",
        "PutBucketVersioning",
        {"Bucket": "shop", "VersioningConfiguration": {"Status": "On"}},
        "VersioningConfiguration.Status must be one of Enabled, Suspended",
    ),
]
RULES = [
    ("s3", "CreateBucket", {"Bucket": "Shop"}, "Bucket must match"),
    ("elbv2", "CreateLoadBalancer", {"Name": "internal-shop"}, "Name must match"),
    (
        "elbv2",
        "CreateTargetGroup",
        {"Name": "shop-", "HealthCheckTimeoutSeconds": 5, "HealthCheckIntervalSeconds": 5},
        "HealthCheckTimeoutSeconds must be less than the interval's 5, got 5",
    ),
    ("ec2", "CreateSecurityGroup", {"GroupName": "sg-shop", "Description": "ours"}, "GroupName must match"),
    ("sqs", "CreateQueue", {"QueueName": "a.b"}, "QueueName must match"),
    (
        "sqs",
        "CreateQueue",
        {"QueueName": "a", "Attributes": {"VisibilityTimeout": "43201"}},
        "Attributes.VisibilityTimeout must be 0 to 43200",
    ),
    ("sns", "CreateTopic", {"Name": "a b"}, "Name must match"),
    (
        "ecs",
        "CreateCapacityProvider",
        {"name": "fargate-shop", "autoScalingGroupProvider": {"autoScalingGroupArn": "arn"}},
        "name must match",
    ),
    (
        "logs",
        "PutRetentionPolicy",
        {"logGroupName": "/ecs/shop", "retentionInDays": 8},
        "retentionInDays must be one of",
    ),
    (
        "ecs",
        "CreateCluster",
        {"clusterName": "shop", "tags": [{"key": "aws:a", "value": "b"}]},
        "a tag's key must",
    ),
    (
        "ecs",
        "CreateCluster",
        {"clusterName": "shop", "tags": [{"key": "a", "value": "b"}, {"key": "a", "value": "c"}]},
        "tags must have each key once",
    ),
    ("logs", "CreateLogGroup", {"logGroupName": "/ecs/shop", "tags": {"a": "!"}}, "the tag a must have"),
    (
        "elbv2",
        "ModifyTargetGroupAttributes",
        {"TargetGroupArn": "arn", "Attributes": [{"Key": "slow_start.duration_seconds", "Value": "5"}]},
        "slow_start.duration_seconds must be 0, or 30 to 900",
    ),
    (
        "ecs",
        "RegisterTaskDefinition",
        {
            "family": "shop",
            "containerDefinitions": [{"name": "web", "healthCheck": {"command": ["true"], "interval": 4}}],
        },
        "containerDefinitions.web.healthCheck.interval must be 5 to 300, got 4",
    ),
    (
        "cloudwatch",
        "PutMetricAlarm",
        {
            "AlarmName": "a",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Period": 45,
        },
        "Period must be 10, 20, 30 or a multiple of 60, got 45",
    ),
    (
        "cloudwatch",
        "PutMetricAlarm",
        {
            "AlarmName": "a",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 25,
            "Period": 3540,
        },
        "at most a day",
    ),
    (
        "kms",
        "ScheduleKeyDeletion",
        {"KeyId": "1", "PendingWindowInDays": 6},
        "PendingWindowInDays must be 7 to 30, got 6",
    ),
    (
        "ec2",
        "CreateFlowLogs",
        {"ResourceIds": ["vpc-1"], "ResourceType": "VPC", "MaxAggregationInterval": 300},
        "MaxAggregationInterval must be 60 or 600, got 300",
    ),
    (
        "iam",
        "CreatePolicy",
        {"PolicyName": "a", "PolicyDocument": json.dumps({"Statement": ["a" * 6200]})},
        "PolicyDocument must have at most 6144",
    ),
    (
        "iam",
        "PutRolePolicy",
        {"RoleName": "a", "PolicyName": "b", "PolicyDocument": "{}"},
        "PolicyDocument must be a JSON document",
    ),
    (
        "events",
        "PutRule",
        {"Name": "a", "ScheduleExpression": "rate(1 hours)"},
        "ScheduleExpression must name one minute",
    ),
    (
        "elbv2",
        "CreateRule",
        {
            "ListenerArn": LISTENER,
            "Priority": 1,
            "Actions": [],
            "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": list("abcdef")}}],
        },
        "Conditions must have at most 5 values, got 6",
    ),
]


@pytest.mark.parametrize(("service", "operation", "params", "told"), [*MODELS, *RULES])
def test_what_aws_refuses_is_told(service: str, operation: str, params: dict[str, Any], told: str) -> None:
    """The message has the parameter, the rule and the value."""
    assert any(told in each for each in found(request(service, operation, params))), found(
        request(service, operation, params)
    )


def create(priority: int) -> dict[str, Any]:
    return request(
        "elbv2",
        "CreateRule",
        {"ListenerArn": LISTENER, "Conditions": [], "Actions": [], "Priority": priority},
    )


def test_a_priority_is_free_on_its_listener() -> None:
    """A priority can't be used twice on a listener, unless a rule was deleted or moved meanwhile."""
    told = "Priority must be free on its listener, got 1 a second time."
    gone = request("elbv2", "DeleteRule", {"RuleArn": RULE})
    moved = request("elbv2", "SetRulePriorities", {"RulePriorities": [{"RuleArn": RULE, "Priority": 9}]})
    assert found(create(1), create(1)) == [told]
    assert (
        found(create(1), gone, create(1))
        == found(create(1), moved, create(1))
        == found(create(1), create(2))
        == []
    )
    assert found(create(1), {**create(1), "status": 400}) == []


def test_a_roles_own_policies_have_a_limit_together() -> None:
    """Each one is short enough, but not both together."""
    text = json.dumps({"Statement": ["a" * 6000]})
    lines = [
        request("iam", "PutRolePolicy", {"RoleName": "a", "PolicyName": name, "PolicyDocument": text})
        for name in "bc"
    ]
    assert len(found(lines[0])) == 0
    assert [each for each in found(*lines) if "own policies must have at most 10240" in each]


@pytest.mark.parametrize(
    ("expression", "service", "is_good"),
    [
        ("rate(1 minute)", "events", True),
        ("rate(5 minutes)", "scheduler", True),
        ("rate(0 minutes)", "scheduler", False),
        ("rate(5 minute)", "scheduler", False),
        ("cron(0 3 * * ? *)", "events", True),
        ("cron(15 10 ? * MON-FRI *)", "scheduler", True),
        ("cron(0/15 8-18 ? JAN,6 2#1 2026-2030)", "scheduler", True),
        ("cron(0 3 L * ? *)", "scheduler", True),
        ("cron(0 3 * * * *)", "events", False),
        ("cron(0 3 ? * ? *)", "events", False),
        ("cron(60 3 * * ? *)", "events", False),
        ("cron(0 3 * * ?)", "events", False),
        ("cron(0 3 * 13 ? *)", "events", False),
        ("cron(0 3 ? * 8 *)", "events", False),
        ("0 3 * * *", "events", False),
        ("at(2026-12-24T18:00:00)", "scheduler", True),
        ("at(2026-02-30T18:00:00)", "scheduler", False),
        ("at(2026-12-24T18:00:00)", "events", False),
    ],
)
def test_schedules_are_those_that_aws_takes(expression: str, service: str, is_good: bool) -> None:
    """Six fields are required, a question mark for one of both days, and valid names and numbers."""
    assert (problem(expression, service=service) is None) == is_good
