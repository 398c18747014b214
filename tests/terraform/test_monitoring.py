"""Monitoring of an application: alarms, their subscribers, the dashboard."""

import json
from typing import Any

import pytest
import tftest

from tests.terraform.examples import ALARMS, APP, SERVICE, changed, service
from tests.terraform.roots import Roots, only, planned
from wrapper.ecs.alarms import KINDS

JOB_KINDS = ("failures", "not-started")
JOB = {
    "image": SERVICE["image"],
    "triggers": [{"schedule": {"expression": "rate(1 day)"}}],
    "alarms": {"failures": 2, "not_started": 1},
}
MONITORED = changed(
    APP,
    jobs={"retrain": JOB, "by-hand": {**JOB, "triggers": None, "alarms": None}},
    monitoring={"emails": ["ops@example.com"], "dashboard": True},
    services={
        "films": service(alarms=ALARMS, route={}),
        "calm": service(alarms={"cpu_percent": 90}),
        "stays": service(alarms={"error_percent": 1, "rollback": False}, route__paths=["/stays"]),
    },
)
INSIGHTS = changed(
    MONITORED,
    cluster__container_insights=True,
    monitoring={"topic_arn": "arn:aws:sns:eu-west-1:123456789012:alerts"},
)


@pytest.fixture(scope="module")
def monitored(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with all alarms."""
    return roots("stacks/app").plan(MONITORED)


@pytest.fixture(scope="module")
def with_insights(roots: Roots) -> tftest.TerraformPlanOutput:
    """The same with Container Insights and an existing topic."""
    return roots("stacks/app").plan(INSIGHTS)


def alarms(plan: tftest.TerraformPlanOutput) -> dict[str, dict[str, Any]]:
    return {alarm["alarm_name"]: alarm for alarm in planned(plan, "aws_cloudwatch_metric_alarm").values()}


def of_films(plan: tftest.TerraformPlanOutput, name: str) -> dict[str, Any]:
    return alarms(plan)[f"shop-dev-films-{name}"]


def test_nothing_is_watched_unless_asked_for(app: tftest.TerraformPlanOutput) -> None:
    """Alarms, topic and dashboard exist only with a threshold, an address, or `dashboard: true`."""
    for kind in ("aws_cloudwatch_metric_alarm", "aws_sns_topic", "aws_kms_key", "aws_cloudwatch_dashboard"):
        assert not planned(app, kind)
    assert only(app, "aws_ecs_service")["alarms"] == []


def test_each_threshold_is_an_alarm(monitored: tftest.TerraformPlanOutput) -> None:
    """Without a threshold there is no alarm."""
    films = {f"shop-dev-films-{kind}" for kind in KINDS if kind not in JOB_KINDS}
    retrain = {f"shop-dev-retrain-{kind}" for kind in JOB_KINDS}
    assert set(alarms(monitored)) == {*films, *retrain, "shop-dev-calm-cpu", "shop-dev-stays-errors"}


def test_errors_are_a_share_of_the_answers(monitored: tftest.TerraformPlanOutput) -> None:
    """Five errors are many of ten answers, and few of a million; a minute without errors is 0 %."""
    alarm = of_films(monitored, "errors")
    queries = {query["id"]: query for query in alarm["metric_query"]}
    assert queries["result"]["expression"] == "100 * FILL(errors, 0) / requests"
    read = {name: query["metric"][0]["metric_name"] for name, query in queries.items() if query["metric"]}
    assert read == {"errors": "HTTPCode_Target_5XX_Count", "requests": "RequestCount"}
    assert [name for name, query in queries.items() if query["return_data"]] == ["result"]
    assert (alarm["threshold"], alarm["evaluation_periods"]) == (2.5, 3)
    assert alarm["treat_missing_data"] == "notBreaching"


@pytest.mark.parametrize(("name", "seconds"), [("latency-p95", 0.3), ("latency-p99", 1)])
def test_latency_is_a_percentile(monitored: tftest.TerraformPlanOutput, name: str, seconds: float) -> None:
    """The environment has milliseconds, CloudWatch seconds; few requests give no percentile."""
    alarm = of_films(monitored, name)
    assert (alarm["metric_name"], alarm["threshold"]) == ("TargetResponseTime", seconds)
    assert (alarm["statistic"], alarm["extended_statistic"]) == (None, name[-3:])
    assert alarm["evaluate_low_sample_count_percentiles"] == "ignore"


def test_missing_tasks_without_insights_are_healthy_targets(monitored: tftest.TerraformPlanOutput) -> None:
    """One below the minimum of two is an alarm; without any target there is no metric, the worst case."""
    alarm = of_films(monitored, "missing-tasks")
    assert (alarm["metric_name"], alarm["statistic"]) == ("HealthyHostCount", "Minimum")
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanOrEqualToThreshold", 1)
    assert alarm["treat_missing_data"] == "breaching"


def test_missing_tasks_with_insights_are_those_wanted(with_insights: tftest.TerraformPlanOutput) -> None:
    """With Container Insights ECS reports the desired count itself."""
    alarm = of_films(with_insights, "missing-tasks")
    read = {query["metric"][0]["metric_name"] for query in alarm["metric_query"] if query["metric"]}
    assert read == {"DesiredTaskCount", "RunningTaskCount"}
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)


@pytest.mark.parametrize(("name", "metric"), [("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")])
def test_use_is_the_services_average(monitored: tftest.TerraformPlanOutput, name: str, metric: str) -> None:
    """ECS publishes it for the service, with or without Container Insights."""
    alarm = of_films(monitored, name)
    assert (alarm["namespace"], alarm["metric_name"], alarm["statistic"]) == ("AWS/ECS", metric, "Average")
    assert alarm["dimensions"] == {"ClusterName": "shop-dev", "ServiceName": "films"}


def test_jobs_failures_are_counted_by_their_events(monitored: tftest.TerraformPlanOutput) -> None:
    """A task of the job that ended with another code than 0, or never ran, counts."""
    alarm = alarms(monitored)["shop-dev-retrain-failures"]
    assert (alarm["metric_name"], alarm["dimensions"]) == (
        "TriggeredRules",
        {"RuleName": "shop-dev-retrain-failed"},
    )
    assert (alarm["threshold"], alarm["period"]) == (2, 3600)
    module = 'module.job_alarms["retrain"]'
    values = monitored.resource_changes[f"{module}.aws_cloudwatch_event_target.failed[0]"]["change"]["after"]
    assert values["rule"] == "shop-dev-retrain-failed"


def test_jobs_failures_are_of_its_own_tasks(roots: Roots) -> None:
    """They are selected by cluster and family; a task that could not start has no exit code."""
    plan = roots("modules/job_alarms").plan(
        {
            "name": "retrain",
            "prefix": "shop-dev",
            "cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop-dev",
            "task_definition_family": "shop-dev-retrain",
            "alarms": {"failures": 1},
        }
    )
    detail = json.loads(only(plan, "aws_cloudwatch_event_rule")["event_pattern"])["detail"]
    assert detail == {
        "clusterArn": ["arn:aws:ecs:eu-west-1:123456789012:cluster/shop-dev"],
        "group": ["family:shop-dev-retrain"],
        "lastStatus": ["STOPPED"],
        "$or": [
            {"containers": {"exitCode": [{"anything-but": [0]}]}},
            {"stopCode": ["TaskFailedToStart"]},
        ],
    }


def test_rollout_is_taken_back_by_what_callers_notice(monitored: tftest.TerraformPlanOutput) -> None:
    """By default ECS watches all existing alarms of errors and latency."""
    watched = {}
    for running in planned(monitored, "aws_ecs_service").values():
        watched[running["name"]] = [name for each in running["alarms"] for name in each["alarm_names"]]
        assert all(each["enable"] and each["rollback"] for each in running["alarms"])
    noticed = ["shop-dev-films-errors", "shop-dev-films-latency-p95", "shop-dev-films-latency-p99"]
    assert {name: sorted(names) for name, names in watched.items()} == {
        "films": noticed,
        "calm": [],
        "stays": [],
    }
    assert set(noticed) <= set(alarms(monitored))


def test_topic_is_encrypted_and_for_alarms_only(monitored: tftest.TerraformPlanOutput) -> None:
    """CloudWatch may publish for this account, and use the key; nobody may without TLS."""
    publish, deny = json.loads(only(monitored, "aws_sns_topic_policy")["policy"])["Statement"]
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert (publish["Action"], publish["Resource"]) == (
        "sns:Publish",
        "arn:aws:sns:eu-west-1:123456789012:shop-dev-alarms",
    )
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    _, encrypt = json.loads(only(monitored, "aws_kms_key")["policy"])["Statement"]
    assert encrypt["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert encrypt["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    subscription = only(monitored, "aws_sns_topic_subscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "ops@example.com")


def test_existing_topic_hears_of_each_alarm(with_insights: tftest.TerraformPlanOutput) -> None:
    """With an existing topic, no topic and no key are created."""
    assert not planned(with_insights, "aws_sns_topic")
    for alarm in alarms(with_insights).values():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == ["arn:aws:sns:eu-west-1:123456789012:alerts"]


def test_dashboard_has_a_row_for_each_service(roots: Roots) -> None:
    """Alarms are on top, then services by name, four graphs each; no two overlap."""
    values = {
        "name": "shop-dev",
        "region": "eu-west-1",
        "cluster_name": "shop-dev",
        "load_balancer_arn_suffix": "app/shop-dev/1",
        "alarm_arns": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-dev-films-errors"],
        "services": {
            name: {"target_group_arn_suffix": f"targetgroup/{name}/1"} for name in ("search", "films")
        },
    }
    plan = roots("modules/dashboard").plan(values)
    widgets = json.loads(only(plan, "aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    assert [widget["type"] for widget in widgets] == ["alarm", "text", "text", *["metric"] * 8]
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert [widget["properties"]["markdown"] for widget in widgets[1:3]] == ["## films", "## search"]
    for widget in widgets[3:]:
        name = "films" if widget["y"] < 10 else "search"
        for _, _, *dimensions, _ in widget["properties"]["metrics"]:
            assert f"targetgroup/{name}/1" in dimensions or dimensions[-2:] == ["ServiceName", name]
