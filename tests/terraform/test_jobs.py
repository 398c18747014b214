"""The parts of a job: a task definition, its triggers, and its permissions."""

import json
from typing import Any

import pytest
import tftest

from tests.terraform.examples import FOUNDATION, JOBS, TOKEN, changed
from tests.terraform.roots import Roots, only, planned
from tests.terraform.test_roles import WITHOUT_RESOURCE, Statements, allowed

BUCKET = "arn:aws:s3:::shop-dev-models-123456789012"


def of_job(plan: tftest.TerraformPlanOutput, kind: str, job: str) -> list[dict[str, Any]]:
    return [values for address, values in planned(plan, kind).items() if f'"{job}"' in address]


def statements(plan: tftest.TerraformPlanOutput, job: str, policy: str) -> Statements:
    [values] = [each for each in of_job(plan, "aws_iam_role_policy", job) if each["name"] == policy]
    found = json.loads(values["policy"])["Statement"]
    assert isinstance(found, list)
    return found


def container(plan: tftest.TerraformPlanOutput, job: str) -> dict[str, Any]:
    """Return a container of the task definition."""
    [definition] = of_job(plan, "aws_ecs_task_definition", job)
    [found] = json.loads(definition["container_definitions"])
    assert isinstance(found, dict)
    return found


def test_app_without_jobs_has_nothing_of_them(app: tftest.TerraformPlanOutput) -> None:
    """Without jobs there is no resource of jobs."""
    assert not [address for address in app.resource_changes if "module.job" in address]


def test_schedule_keeps_its_time_zone_and_retries(jobs: tftest.TerraformPlanOutput) -> None:
    """03:00 in Berlin stays 03:00 in Berlin, in summer and in winter."""
    schedule = only(jobs, "aws_scheduler_schedule")
    assert schedule["schedule_expression"] == "cron(0 3 * * ? *)"
    assert schedule["schedule_expression_timezone"] == "Europe/Berlin"
    assert schedule["target"][0]["retry_policy"] == [
        {"maximum_event_age_in_seconds": 600, "maximum_retry_attempts": 5}
    ]


def test_schedules_group_tells_whose_it_is(jobs: tftest.TerraformPlanOutput) -> None:
    """A schedule has no tags, so its group has the environment's."""
    group = only(jobs, "aws_scheduler_schedule_group")
    assert group["name"] == "shop-dev-nightly"
    assert group["tags_all"]["environment"] == "dev"


def test_temporary_folder_is_on_disk_unless_memory_is_asked_for(jobs: tftest.TerraformPlanOutput) -> None:
    """In memory it is writable for any user, whatever the image declares."""
    on_disk, in_memory = container(jobs, "told"), container(jobs, "nightly")
    assert (on_disk["mountPoints"][0]["containerPath"], "tmpfs" in on_disk["linuxParameters"]) == (
        "/tmp",
        False,
    )
    assert in_memory["mountPoints"] == []
    assert in_memory["linuxParameters"]["tmpfs"] == [
        {"containerPath": "/tmp", "size": 256, "mountOptions": ["mode=1777"]}
    ]
    volumes = [of_job(jobs, "aws_ecs_task_definition", name)[0]["volume"] for name in ("told", "nightly")]
    assert [len(each) for each in volumes] == [1, 0]


def test_new_object_is_an_event_with_a_pattern(jobs: tftest.TerraformPlanOutput) -> None:
    """Prefix and suffix become one wildcard; the container gets the object's address."""
    [rule] = of_job(jobs, "aws_cloudwatch_event_rule", "retrain")
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["shop-dev-models-123456789012"]},
            "object": {"key": [{"wildcard": "ratings/*.csv"}]},
        },
    }
    [target] = of_job(jobs, "aws_cloudwatch_event_target", "retrain")
    [transformer] = target["input_transformer"]
    assert transformer["input_paths"] == {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"}
    told = {"name": "RATINGS_URI", "value": "s3://<bucket>/<key>"}
    overrides = {"containerOverrides": [{"name": "retrain", "environment": [told]}]}
    assert json.loads(transformer["input_template"]) == overrides
    assert "<bucket>" in transformer["input_template"]


def test_event_fills_variables(jobs: tftest.TerraformPlanOutput) -> None:
    """The value at a path of the event is in the container's environment."""
    [target] = of_job(jobs, "aws_cloudwatch_event_target", "told")
    [transformer] = target["input_transformer"]
    assert transformer["input_paths"] == {"WHO": "$.detail.who"}
    assert {"name": "WHO", "value": "<WHO>"} in json.loads(transformer["input_template"])[
        "containerOverrides"
    ][0]["environment"]


def test_what_did_not_start_is_kept_encrypted(jobs: tftest.TerraformPlanOutput) -> None:
    """Each job with a trigger has a queue for refused starts, with SQS's longest retention."""
    queues = planned(jobs, "aws_sqs_queue").values()
    assert sorted(each["name"] for each in queues) == [
        f"shop-dev-{job}-not-started" for job in ("nightly", "retrain", "told")
    ]
    assert all(each["sqs_managed_sse_enabled"] for each in queues)
    assert {each["message_retention_seconds"] for each in queues} == {14 * 24 * 3600}


def test_job_by_hand_has_no_trigger(jobs: tftest.TerraformPlanOutput) -> None:
    """It has neither role, queue, rule nor schedule."""
    kinds = ("aws_scheduler_schedule", "aws_cloudwatch_event_rule", "aws_sqs_queue")
    assert not [values for kind in kinds for values in of_job(jobs, kind, "by-hand")]
    assert sorted(role["name"] for role in of_job(jobs, "aws_iam_role", "by-hand")) == [
        "shop-dev-by-hand-execution",
        "shop-dev-by-hand-task",
    ]


def test_no_policy_of_a_job_has_a_wildcard(jobs: tftest.TerraformPlanOutput) -> None:
    """No action is a pattern, and no resource is `*` unless AWS supports no other."""
    for values in planned(jobs, "aws_iam_role_policy").values():
        if "policy" in values:  # a policy that names a resource of the same apply is known only after it
            for action, resources in allowed(json.loads(values["policy"])["Statement"]).items():
                assert "*" not in action
                assert "*" not in resources or action in WITHOUT_RESOURCE


def test_task_reads_and_writes_its_prefixes_only(jobs: tftest.TerraformPlanOutput) -> None:
    """The prefixes to read and those to write are separate."""
    assert allowed(statements(jobs, "retrain", "use-objects")) == {
        "s3:GetObject": {f"{BUCKET}/ratings/*"},
        "s3:ListBucket": {BUCKET},
        "s3:PutObject": {f"{BUCKET}/models/movielens/*"},
        "s3:AbortMultipartUpload": {f"{BUCKET}/models/movielens/*"},
    }
    names = [each["name"] for each in of_job(jobs, "aws_iam_role_policy", "nightly")]
    assert "use-objects" not in names


def test_execution_role_reads_the_jobs_secrets_only(jobs: tftest.TerraformPlanOutput) -> None:
    """It reads the container's secrets and pulls from its repository."""
    grants = allowed(statements(jobs, "retrain", "start-tasks"))
    assert grants["secretsmanager:GetSecretValue"] == {TOKEN}
    assert grants["ecr:BatchGetImage"] == {"arn:aws:ecr:eu-west-1:123456789012:repository/shop-dev/retrain"}


def test_only_this_jobs_trigger_gets_its_role(jobs: tftest.TerraformPlanOutput) -> None:
    """EventBridge acts for any caller; another schedule or rule must not start these tasks."""
    sources = {
        "nightly": ("scheduler", "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/shop-dev-nightly"),
        "retrain": ("events", "arn:aws:events:eu-west-1:123456789012:rule/shop-dev-retrain"),
    }
    for job, (service, source) in sources.items():
        [role] = [each for each in of_job(jobs, "aws_iam_role", job) if each["name"].endswith("-trigger")]
        [statement] = json.loads(role["assume_role_policy"])["Statement"]
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnEquals": {"aws:SourceArn": source},
        }


RETRAIN = JOBS["jobs"]["retrain"]
# Its first trigger, and three more: two of the same kind, one of the other.
TRIGGERS = [
    *RETRAIN["triggers"],
    {"schedule": {"expression": "rate(1 day)"}, "retry": {"maximum_attempts": 7}},
    {"event": {"pattern": '{"source":["shop"]}', "variables": {"WHO": "$.detail.who"}}},
    {"schedule": {"expression": "rate(2 days)", "timezone": "Asia/Tokyo"}},
]


@pytest.fixture(scope="module")
def many(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a job with several triggers, in private subnets."""
    jobs = {**JOBS["jobs"], "retrain": changed(RETRAIN, triggers=TRIGGERS)}
    return roots("stacks/app").plan(changed(JOBS, network__egress="endpoints", jobs=jobs))


def test_jobs_secrets_open_their_endpoints(many: tftest.TerraformPlanOutput) -> None:
    """A job in private subnets reaches the secrets that only it reads."""
    services = {each["service_name"] for each in planned(many, "aws_vpc_endpoint").values()}
    assert "com.amazonaws.eu-west-1.secretsmanager" in services


def of_retrain(plan: tftest.TerraformPlanOutput) -> dict[str, dict[str, Any]]:
    """Return the job's triggers by address, without roles of tasks, logs and network."""
    kinds = ("aws_cloudwatch_event_", "aws_scheduler_", "aws_sqs_queue", "aws_iam_role")
    place = 'module.job["retrain"].'
    return {
        address.removeprefix(place): change["change"]["after"]
        for address, change in plan.resource_changes.items()
        if address.startswith(place) and change["type"].startswith(kinds) and "task_roles" not in address
    }


def test_a_further_trigger_leaves_the_first_as_it_was(
    jobs: tftest.TerraformPlanOutput, many: tftest.TerraformPlanOutput
) -> None:
    """Each keeps its address and its name: nothing that is deployed is replaced."""
    before, after = of_retrain(jobs), of_retrain(many)
    assert set(before) == {
        "aws_cloudwatch_event_rule.job[0]",
        "aws_cloudwatch_event_target.job[0]",
        'aws_iam_role.trigger["event"]',
        'aws_iam_role_policy.trigger["event"]',
        'aws_sqs_queue.not_started["event"]',
        'aws_sqs_queue_policy.rule_may_send["event"]',
    }
    names = {place: values.get("name") for place, values in before.items()}
    assert names.items() <= {place: values.get("name") for place, values in after.items()}.items()


def test_each_trigger_starts_the_job(many: tftest.TerraformPlanOutput) -> None:
    """Rules and schedules are numbered after the first; one queue keeps all refused starts."""
    found = of_retrain(many)
    rules = {place: each["name"] for place, each in found.items() if "event_rule" in place}
    assert rules == {
        "aws_cloudwatch_event_rule.job[0]": "shop-dev-retrain",
        "aws_cloudwatch_event_rule.job[1]": "shop-dev-retrain.2",
    }
    schedules = [found[f"aws_scheduler_schedule.job[{number}]"] for number in range(2)]
    told = [(each["name"], each["schedule_expression"]) for each in schedules]
    assert told == [("shop-dev-retrain", "rate(1 day)"), ("shop-dev-retrain.2", "rate(2 days)")]
    assert schedules[0]["target"][0]["retry_policy"][0]["maximum_retry_attempts"] == 7
    assert len([place for place in found if place.startswith("aws_sqs_queue.")]) == 1
    assert 'aws_iam_role_policy.schedule_may_send["schedule"]' in found


def test_each_kind_has_a_role_that_only_it_may_have(many: tftest.TerraformPlanOutput) -> None:
    """All rules of the job share one role, all its schedules the other."""
    found = of_retrain(many)
    roles = {kind: found[f'aws_iam_role.trigger["{kind}"]'] for kind in ("event", "schedule")}
    assert [each["name"] for each in roles.values()] == [
        "shop-dev-retrain-trigger",
        "shop-dev-retrain-trigger-schedule",
    ]
    sources = [
        json.loads(each["assume_role_policy"])["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
        for each in roles.values()
    ]
    rule = "arn:aws:events:eu-west-1:123456789012:rule/shop-dev-retrain"
    assert sources == [
        [rule, f"{rule}.2"],
        "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/shop-dev-retrain",
    ]


def test_foundation_has_what_jobs_need(roots: Roots) -> None:
    """There is a repository for a job's own image; the bucket sends events only if a job needs them."""
    plan = roots("stacks/foundation").plan({**FOUNDATION, "jobs": {"retrain": {}}, "model_events": True})
    repositories = {each["name"] for each in planned(plan, "aws_ecr_repository").values()}
    assert repositories == {"shop-dev/recommender", "shop-dev/search", "shop-dev/retrain"}
    assert only(plan, "aws_s3_bucket_notification")["eventbridge"] is True


def test_bucket_is_silent_unless_asked(foundation: tftest.TerraformPlanOutput) -> None:
    """Without a job that waits for an object, no notification is configured."""
    assert not planned(foundation, "aws_s3_bucket_notification")


def test_revision_that_is_still_named_stays(jobs: tftest.TerraformPlanOutput) -> None:
    """A changed job does not deregister the revision that its schedule still names for seconds."""
    [definition] = of_job(jobs, "aws_ecs_task_definition", "nightly")
    assert definition["skip_destroy"] is True
