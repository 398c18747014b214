"""EventBridge in the sandbox: tasks start at times and on events; failures are retried, then stored."""

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.wrapper.sandbox.stage import CLONE, Stage, eventually

pytestmark = pytest.mark.slow  # a schedule is due in seconds, a retry takes one

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def name() -> str:
    return f"job-{uuid4().hex[:8]}"


def queue(stage: Stage, name: str) -> tuple[str, str]:
    """Create a queue; return its URL and its ARN."""
    client = stage.client("sqs")
    url = client.create_queue(QueueName=name)["QueueUrl"]
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def receive(stage: Stage, url: str) -> Any:
    """Wait for one message."""
    client = stage.client("sqs")
    return eventually(
        lambda: client.receive_message(QueueUrl=url, WaitTimeSeconds=2, MessageAttributeNames=["All"]).get(
            "Messages"
        ),
        seconds=15,
    )[0]


def schedule(stage: Stage, name: str, expression: str, target: dict[str, Any], zone: str = "UTC") -> None:
    stage.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        ScheduleExpressionTimezone=zone,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={key: value for key, value in target.items() if key != "Id"},
    )


def test_due_schedule_starts_the_task_once(stage: Stage, name: str) -> None:
    """The time is that of Tokyo; the task's exit code is recorded."""
    definition = stage.definition(environment={"EXIT": "4"})
    target = stage.cluster_target(definition)
    soon = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(seconds=2)
    schedule(stage, name, f"at({soon:%Y-%m-%dT%H:%M:%S})", target, "Asia/Tokyo")
    [task] = stage.started_by(definition)
    ended = stage.task_in(task, "STOPPED")
    assert ended["containers"][0]["exitCode"] == 4
    assert ended["startedBy"] == f"chronos-schedule/{name}"
    assert len(stage.started_by(definition, seconds=2)) == 1


def test_new_object_starts_the_task_and_names_itself(stage: Stage, name: str) -> None:
    """S3 notifies EventBridge, the pattern matches the key, and the container gets the object's address."""
    s3, events, definition = stage.client("s3"), stage.client("events"), stage.definition()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [name]}, "object": {"key": [{"wildcard": "ratings/*.csv"}]}},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    told = {"name": "app", "environment": [{"name": "SAY", "value": "s3://<bucket>/<key>"}]}
    paths = {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"}
    template = json.dumps({"containerOverrides": [told]})
    target = stage.cluster_target(
        definition, InputTransformer={"InputPathsMap": paths, "InputTemplate": template}
    )
    events.put_targets(Rule=name, Targets=[target])
    s3.put_object(Bucket=name, Key="ratings/no.txt", Body=b"")
    assert stage.started_by(definition, seconds=1) == []
    s3.put_object(Bucket=name, Key="ratings/new.csv", Body=b"")
    [task] = stage.started_by(definition)
    assert stage.ask(task)["environment"]["SAY"] == f"s3://{name}/ratings/new.csv"
    events.remove_targets(Rule=name, Ids=["cluster"])
    events.delete_rule(Name=name)


@pytest.mark.parametrize("kind", ["rule", "schedule"])
def test_start_that_is_refused_is_repeated_and_then_buried(stage: Stage, name: str, kind: str) -> None:
    """A missing definition gives one retry, then a dead letter with the event and the reason."""
    url, arn = queue(stage, name)
    limits = {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60}
    target = stage.cluster_target(
        "arn:aws:ecs:eu-west-1:000000000000:task-definition/none:1",
        RetryPolicy=limits,
        DeadLetterConfig={"Arn": arn},
    )
    if kind == "rule":
        events = stage.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        events.put_targets(Rule=name, Targets=[target])
        events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])
    else:
        soon = datetime.now(ZoneInfo("UTC")) + timedelta(seconds=2)
        schedule(stage, name, f"at({soon:%Y-%m-%dT%H:%M:%S})", {**target, "Input": "{}"})
    letter = receive(stage, url)
    told = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert told["RETRY_ATTEMPTS"] == "1"
    assert told["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert "Unable to find task definition" in told["ERROR_MESSAGE"]
    assert json.loads(letter["Body"]).get("source", name) == name


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("cron(0 3 * * ? *)", "2026-01-15T12:00:00", "2026-01-16T03:00:00"),
        ("cron(0 3 * * ? *)", "2026-07-15T02:59:59", "2026-07-15T03:00:00"),
        ("cron(30 2 * * ? *)", "2026-03-28T12:00:00", "2026-03-30T02:30:00"),
        ("cron(30 2 * * ? *)", "2026-10-24T12:00:00", "2026-10-25T02:30:00"),
        ("rate(2 hours)", "2026-01-15T12:00:00", "2026-01-15T14:00:00"),
        ("at(2026-07-01T08:00:00)", "2026-01-15T12:00:00", "2026-07-01T08:00:00"),
        ("at(2026-01-01T08:00:00)", "2026-01-15T12:00:00", None),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(
    shared_venv: Path, expression: str, after: str, due: str | None
) -> None:
    """Summer and winter in Berlin; a time that one night skips is left out."""
    since = datetime.fromisoformat(after).replace(tzinfo=BERLIN).timestamp()
    code = (
        "from emulator.events import times;"
        f"print(times.following({expression!r}, 'Europe/Berlin', after={since}))"
    )
    python = shared_venv / "bin" / "python"
    said = subprocess.run([python, "-c", code], cwd=CLONE, capture_output=True, text=True, check=True).stdout
    wanted = None if due is None else datetime.fromisoformat(due).replace(tzinfo=BERLIN).timestamp()
    assert said.strip() == str(wanted)
