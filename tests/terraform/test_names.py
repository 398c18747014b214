"""AWS accepts every name of the longest project, environment, service, job and group.

The limits are from botocore's models of AWS, and from AWS's pages if a model has none.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import botocore.session
import pytest
import tftest

from tests.terraform.examples import ALARMS, COMMON, FOUNDATION, JOBS, PRODUCTION, Values, changed, service
from tests.terraform.roots import Roots

PREFIX, SERVICE, JOB = "a" * 19 + "-prod", "s" * 20, "j" * 18
ACCOUNT = "123456789012"
# Limits of AWS's pages where the model has none.
ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"
ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
SNS = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"
WATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"


class Model(NamedTuple):
    """A shape of botocore's with a `max`."""

    service: str
    shape: str


class Page(NamedTuple):
    """A limit from a page of AWS's."""

    most: int
    url: str


LIMITS: Mapping[tuple[str, str], Model | Page] = {
    ("aws_appautoscaling_policy", "name"): Model("application-autoscaling", "PolicyName"),
    ("aws_appautoscaling_scheduled_action", "name"): Model("application-autoscaling", "ScheduledActionName"),
    ("aws_autoscaling_group", "name"): Model("autoscaling", "XmlStringMaxLen255"),
    ("aws_cloudwatch_dashboard", "dashboard_name"): Page(255, WATCH),
    ("aws_cloudwatch_event_rule", "name"): Model("events", "RuleName"),
    ("aws_cloudwatch_event_target", "target_id"): Model("events", "TargetId"),
    ("aws_cloudwatch_log_group", "name"): Model("logs", "LogGroupName"),
    ("aws_cloudwatch_metric_alarm", "alarm_name"): Model("cloudwatch", "AlarmName"),
    ("aws_ecr_pull_through_cache_rule", "ecr_repository_prefix"): Model(
        "ecr", "PullThroughCacheRuleRepositoryPrefix"
    ),
    ("aws_ecr_repository", "name"): Model("ecr", "RepositoryName"),
    ("aws_ecs_capacity_provider", "name"): Page(255, ECS),
    ("aws_ecs_cluster", "name"): Page(255, ECS),
    ("aws_ecs_service", "name"): Page(255, ECS),
    ("aws_ecs_task_definition", "family"): Page(255, ECS),
    ("aws_iam_instance_profile", "name"): Model("iam", "instanceProfileNameType"),
    ("aws_iam_policy", "name"): Model("iam", "policyNameType"),
    ("aws_iam_role", "name"): Model("iam", "roleNameType"),
    ("aws_iam_role_policy", "name"): Model("iam", "policyNameType"),
    ("aws_kms_alias", "name"): Model("kms", "AliasNameType"),
    ("aws_launch_template", "name"): Model("ec2", "LaunchTemplateName"),
    ("aws_lb", "name"): Page(32, ELB),
    ("aws_lb_target_group", "name"): Page(32, ELB),
    ("aws_s3_bucket", "bucket"): Page(63, S3),
    ("aws_scheduler_schedule", "name"): Model("scheduler", "Name"),
    ("aws_scheduler_schedule_group", "name"): Model("scheduler", "ScheduleGroupName"),
    ("aws_security_group", "name"): Page(255, EC2),
    ("aws_sns_topic", "name"): Page(256, SNS),
    ("aws_sqs_queue", "name"): Page(80, SQS),
    ("aws_wafv2_web_acl", "name"): Model("wafv2", "EntityName"),
}
NAMED = re.compile(r"(.*_)?(name|bucket|family|prefix|id)")
# These refer to the name of another resource in the plan.
REFERENCES = {
    ("aws_appautoscaling_policy", "resource_id"),
    ("aws_appautoscaling_scheduled_action", "resource_id"),
    ("aws_appautoscaling_target", "resource_id"),
    ("aws_ecs_cluster_capacity_providers", "cluster_name"),
    ("aws_scheduler_schedule", "group_name"),
}
# The longest capacity group that the longest environment may have.
GROUP = "g" * (55 - len(PREFIX) - 1)

APP: Values = {
    **changed(
        PRODUCTION,
        project=PREFIX.removesuffix("-prod"),
        network__egress="nat",
        cluster__ec2={GROUP: {"instance_type": "m7i.large", "max": 1}},
        alb__access_logs_bucket=f"{PREFIX}-access-logs-{ACCOUNT}",
        services={
            SERVICE: service(
                alarms=ALARMS,
                route={"hosts": ["films.example.com"]},
                scaling={
                    "min": 1,
                    "max": 2,
                    "cpu_percent": 60,
                    "schedule": {"m" * 40: {"cron": "0 8 ? * MON-FRI *", "min": 1, "max": 2}},
                },
            )
        },
    ),
    "jobs": {
        f"{JOB}-{kind[0]}": changed(JOBS["jobs"][kind], alarms={"failures": 1, "not_started": 1})
        for kind in ("nightly", "retrain", "told")
    },
}
LONG_FOUNDATION: Values = changed(
    FOUNDATION,
    project=PREFIX.removesuffix("-prod"),
    environment="prod",
    services={SERVICE: {}},
    access_logs={"retention_days": 30},
    images={"caches": {"quays": {"upstream": "quay.io"}}},
)

GITHUB: Values = {
    **COMMON,
    "project": PREFIX.removesuffix("-prod"),
    "environment": "prod",
    "github": {"repository": "example/shop"},
}


session = cache(botocore.session.get_session)


@cache
def limit(kind: str, attribute: str) -> int:
    found = LIMITS[kind, attribute]
    if isinstance(found, Page):
        return found.most
    shape = session().get_service_model(found.service).shape_for(found.shape)
    return int(shape.metadata["max"])


@pytest.fixture(scope="module")
def plans(roots: Roots) -> Mapping[str, tftest.TerraformPlanOutput]:
    """The longest environment's plans."""
    return {
        "app": roots("stacks/app").plan(APP),
        "foundation": roots("stacks/foundation").plan(LONG_FOUNDATION),
        "github": roots("stacks/github").plan(GITHUB),
    }


def names(plan: tftest.TerraformPlanOutput) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the known names of the plan's resources, by type and attribute."""
    for change in plan.resource_changes.values():
        after: Mapping[str, Any] = change["change"]["after"] or {}
        for key in LIMITS:
            if change["mode"] == "managed" and key[0] == change["type"] and after.get(key[1]):
                yield key, after[key[1]]


def test_the_longest_names_fit(plans: Mapping[str, tftest.TerraformPlanOutput]) -> None:
    """None is longer than AWS allows, and the plans contain each listed kind."""
    found = {each for plan in plans.values() for each in names(plan)}
    assert [(key, name, len(name)) for key, name in found if len(name) > limit(*key)] == []
    assert {key for key, _ in found} == LIMITS.keys()


def test_every_kind_of_thing_with_a_name_of_ours_is_listed(
    plans: Mapping[str, tftest.TerraformPlanOutput],
) -> None:
    """A new kind of resource that is named after the environment needs its limit here."""
    mine = re.compile(f"{PREFIX}|{SERVICE}|{JOB}")
    named = {
        (change["type"], attribute)
        for plan in plans.values()
        for change in plan.resource_changes.values()
        if change["mode"] == "managed"
        for attribute, value in (change["change"]["after"] or {}).items()
        if isinstance(value, str) and NAMED.fullmatch(attribute) and mine.search(value)
    }
    assert {key for key in named if key not in LIMITS} == REFERENCES
