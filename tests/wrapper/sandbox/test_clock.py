"""Commands on a machine whose clock is wrong: what they compare and read is by the clock of AWS."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.sandbox.stage import Stage, aws_of
from wrapper.aws.client import Aws
from wrapper.aws.clock import Clock
from wrapper.delivery import canary
from wrapper.delivery.site import Site
from wrapper.environment import load
from wrapper.terraform.outputs import ServiceOutput, Slot
from wrapper.verbs import logs

HOUR = timedelta(hours=1)
_A_WHILE = timedelta(seconds=30)


class Off(Clock):
    """An AWS whose clock is `by` ahead of that of the machine that runs the test, which can't be set."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


@pytest.fixture(params=[HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
def aws(request: pytest.FixtureRequest, stage: Stage) -> Aws:
    """Return the client of a sandbox whose clock is an hour off."""
    client = aws_of(stage.sandbox)
    client.clock = Off(request.param)
    return client


def site_of(aws: Aws, **more: Any) -> Site:
    return cast(Site, SimpleNamespace(aws=aws, **more))


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_now_is_when_aws_says_it_is(stage: Stage, off: timedelta) -> None:
    """Also before the first call on a machine whose clock is wrong: then it is asked."""
    client = aws_of(stage.sandbox)
    client.clock = Clock(local=lambda: datetime.now(UTC) + off)
    assert abs(client.now() - datetime.now(UTC)) < _A_WHILE


def test_logs_are_of_the_last_minutes(aws: Aws, stage: Stage) -> None:
    """Neither none of them, nor an hour more."""
    prefix = f"clock-{uuid4().hex[:8]}"
    group, stream, client = f"/ecs/{prefix}/web", "task/web/1", stage.client("logs")
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    now = aws.now()
    told = [
        {"timestamp": int((now - timedelta(minutes=ago)).timestamp() * 1000), "message": f"{ago} min ago"}
        for ago in (30, 5, 0)
    ]
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=told)
    site = site_of(aws, command=SimpleNamespace(environment=SimpleNamespace(prefix=prefix)))
    found = [line.text for line in logs.lines(site, services=["web"], since_seconds=600)]
    assert found == ["5 min ago", "0 min ago"]


def test_slots_are_compared_in_the_minutes_since_a_step_began(aws: Aws, stage: Stage) -> None:
    """Not in those of another hour, nor in none at all."""
    said: list[str] = []
    asked: list[dict[str, Any]] = []
    events = aws.cloudwatch.meta.events
    events.register(
        "provide-client-params.cloudwatch.GetMetricData", lambda params, **_: asked.append(params)
    )
    old, new = stage.balancer(), stage.balancer()
    slots = {
        slot: Slot(service_name=slot, task_definition_arn="td:1", target_group_arn=each.group)
        for slot, each in (("blue", old), ("green", new))
    }
    output = ServiceOutput(
        service_name="web",
        task_definition_arn="td:1",
        target_group_arn=old.group,
        log_group_name="",
        url="",
        slots=slots,
    )
    command = SimpleNamespace(
        environment=load("dev", directory=ENVIRONMENTS), console=SimpleNamespace(warn=said.append)
    )
    site = site_of(aws, command=command, outputs=lambda stack: {"alb": {"arn": old.arn}})
    began = aws.now() - timedelta(minutes=2)
    step = canary.Step(
        site=site, name="web", output=output, new="green", old="blue", share=5, began=began, is_over=True
    )
    assert canary.worse(step) is None
    assert [line for line in said if line.startswith("web at 5 %: unsure")] == said != []
    until = aws.now()
    assert all(abs(each["EndTime"] - until) < _A_WHILE for each in asked)
    assert all(abs(each["StartTime"] - began) < timedelta(minutes=1) for each in asked)
