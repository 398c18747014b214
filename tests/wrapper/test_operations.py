"""Status, logs and scaling of real tasks behind a real load balancer."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.records import release, service
from tests.wrapper.stack import Stack
from wrapper import releases
from wrapper.aws.client import Aws
from wrapper.console import TerminalConsole
from wrapper.delivery.site import Site
from wrapper.ecs import rollout
from wrapper.ecs.alarms import Alarm
from wrapper.ecs.rollout.observation import observe
from wrapper.ecs.services import gone_services, live_services
from wrapper.errors import ConfigError, PreconditionError
from wrapper.verbs import logs, output
from wrapper.verbs.scale import refuse_beyond_limits, scale
from wrapper.verbs.status import MINUTES, Measures, age_of, status, target_of
from wrapper.verbs.status_page import gather, html, priced

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An environment whose service has two healthy tasks."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    definition = built.register()
    built.deploy(definition)
    targets = {"web": built.target(definition)}
    rollout.wait(aws, cluster=built.prefix, services=targets, progress=lambda _: None, poll_seconds=0.2)
    yield built
    built.stop()


def site_of(stack: Stack, root: Path, *, maximum: int = 2) -> Site:
    web = stack.environment.services["web"]
    scaled = web.model_copy(update={"scaling": web.scaling.model_copy(update={"max": maximum})})
    environment = stack.environment.model_copy(update={"services": {"web": scaled}})
    return stacks.site(stack.aws, root, environment, TerminalConsole())


def test_status_counts_tasks_and_targets(stack: Stack, tmp_path: Path) -> None:
    """Two tasks run, both get requests, and the image is the one that was pushed."""
    seen = status(site_of(stack, tmp_path))
    found = seen.as_json()["services"]["web"]
    assert seen.ok
    assert (found["desired"], found["running"], found["healthy"], len(found["tasks"])) == (2, 2, 2, 2)
    assert found["image"] == stack.image
    assert "2/2 healthy" in seen.rows()[1]
    assert found["load"]["requests"] == 0
    assert "0/s" in seen.rows()[1]
    json.dumps(seen.as_json(), default=str)


def test_status_goes_on_without_a_target_group(stack: Stack, tmp_path: Path) -> None:
    """If it was deleted, tasks are still shown, and the message has the command that creates it again."""
    made = stack.aws.elbv2.create_target_group(Name="short-lived", Protocol="HTTP", Port=80, VpcId="vpc-1")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    stack.aws.elbv2.delete_target_group(TargetGroupArn=arn)
    seen = status(site_of(stack, tmp_path))
    web = seen.services["web"]
    assert web
    target = replace(target_of(web.service, stack.environment.services["web"]), target_group_arn=arn)
    looked = observe(stack.aws, cluster=stack.prefix, target=target, elapsed_seconds=0)
    found = replace(seen, services={"web": replace(web, snapshot=looked)})
    assert not found.ok
    assert len(found.task_rows()) == 1 + 2
    assert "group is missing" in found.rows()[1]
    assert ("Missing", "the target group of web: an apply creates it again") in found.facts()


def test_the_status_is_a_page(stack: Stack, tmp_path: Path) -> None:
    """Tasks, targets, the last hour and the roll-out are read from AWS; without a state there is no price."""
    site = site_of(stack, tmp_path)
    found = gather(site, priced(site))
    assert [each.requests for each in found.hours["web"]] == [0] * MINUTES
    assert ("Roll-out of web", "calm") in [(event.what, event.tone) for event in found.events]
    assert found.cost.why_none.startswith(f"{stack.environment.name} must be deployed for this")
    text = html(found)
    assert "All of it runs as it should." in text
    assert "2/2 healthy" in text


def test_measures_are_asked_again_when_they_are_old(stack: Stack, tmp_path: Path) -> None:
    """On AWS, reading them every two seconds would cost more than what they show."""
    site = site_of(stack, tmp_path)
    seen = status(site)
    assert seen.services["web"]
    running, measures = {"web": seen.services["web"].service}, Measures(site, seconds=30)
    first = measures.now(running, seen.at)
    assert first is measures.now(running, seen.at + timedelta(seconds=29))
    assert first is not measures.now(running, seen.at + timedelta(seconds=30))


def test_alarms_stand_beside_their_service(stack: Stack, tmp_path: Path) -> None:
    """They are sorted by kind; an alarm of a service with a similar name is not mixed in."""
    seen = status(site_of(stack, tmp_path))
    now = seen.at
    rings = tuple(Alarm(name=name, since=now, reason="") for name in ("web-errors", "web-cpu", "web-api-cpu"))
    assert replace(seen, alarms=rings).rows()[1][-1] == "errors, cpu"
    assert seen.rows()[1][-1] == "-"


def test_status_before_the_first_apply_is_not_ok(stack: Stack, tmp_path: Path) -> None:
    """A declared service that ECS does not have is shown as missing."""
    site = site_of(stack, tmp_path)
    services = {"other": site.command.environment.services["web"]}
    environment = site.command.environment.model_copy(update={"services": services})
    seen = status(replace(site, command=replace(site.command, environment=environment)))
    assert not seen.ok
    assert seen.rows()[1][:2] == ("other", "not deployed")
    assert seen.facts()[0] == ("URL", "not deployed")


def test_status_tells_which_alarms_ring(stack: Stack, tmp_path: Path) -> None:
    """An alarm of a declared service is shown with its reason; autoscaling's and a neighbour's are not."""
    names = (f"{stack.prefix}-web-errors", f"{stack.prefix}-web-2-errors", f"{stack.prefix}-web-AlarmLow")
    for name in names:
        stack.aws.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="N",
            MetricName="errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        stack.aws.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="too many")
    seen = status(site_of(stack, tmp_path))
    stack.aws.cloudwatch.delete_alarms(AlarmNames=[*names])
    assert [(alarm["name"], alarm["reason"]) for alarm in seen.as_json()["alarms"]] == [
        ("web-errors", "too many")
    ]
    assert dict(seen.facts())["Alarms"].startswith("web-errors for ")
    assert dict(status(site_of(stack, tmp_path)).facts())["Alarms"] == "none"


def test_status_tells_the_last_release(stack: Stack, tmp_path: Path) -> None:
    """It is read from the state bucket, not from a file on this machine."""
    bucket = stack.environment.state_bucket
    stack.aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    releases.append(stack.aws, bucket=bucket, draft=release(services={"web": service()}))
    assert status(site_of(stack, tmp_path)).facts()[1][1].startswith("1 of 2026-01-02")


def test_logs_come_from_every_task(stack: Stack, tmp_path: Path) -> None:
    """Each line has its time, service and task."""
    found = list(logs.lines(site_of(stack, tmp_path), services=["web"], since_seconds=600))
    assert [line.text for line in found] == ["mode good", "mode good"]
    assert len({line.task for line in found}) == 2
    assert str(found[0]).endswith(f"Z web/{found[0].task[:8]} mode good")


@pytest.mark.parametrize(("grep", "count"), [("mode", 2), ("MODE", 0), (".*", 0)])
def test_logs_are_searched_for_a_text_as_it_is(stack: Stack, tmp_path: Path, grep: str, count: int) -> None:
    """It is no pattern, and case matters: a pasted text is found."""
    site = site_of(stack, tmp_path)
    assert len(list(logs.lines(site, services=["web"], since_seconds=600, grep=grep))) == count


def test_followed_logs_bring_each_line_once(stack: Stack, tmp_path: Path) -> None:
    """Old lines come first, then new ones, though each read overlaps the one before."""
    found = logs.lines(site_of(stack, tmp_path), services=["web"], since_seconds=600, follow=True)
    assert [next(found).text for _ in range(2)] == ["mode good"] * 2
    aws, group = stack.aws, stack.log_group
    event = {"timestamp": int(time.time() * 1000), "message": "late"}
    aws.logs.create_log_stream(logGroupName=group, logStreamName="task/web/late")
    aws.logs.put_log_events(logGroupName=group, logStreamName="task/web/late", logEvents=[cast(Any, event)])
    assert next(found).text == "late"


def test_logs_of_nothing_say_so(stack: Stack, tmp_path: Path) -> None:
    """Without a log group the service was never deployed."""
    with pytest.raises(PreconditionError, match="must be deployed to have a log"):
        list(logs.lines(site_of(stack, tmp_path), services=["other"], since_seconds=60))


def test_scale_waits_for_the_tasks(stack: Stack, tmp_path: Path) -> None:
    """When it returns, the desired number of tasks is healthy."""
    site = site_of(stack, tmp_path, maximum=3)
    assert scale(site, "web", 3) == 2
    found = status(site).as_json()["services"]["web"]
    assert (found["desired"], found["healthy"]) == (3, 3)
    assert scale(site, "web", 2) == 3


@pytest.mark.parametrize("count", [0, 1, 3])
def test_scale_refuses_what_the_file_does_not_allow(stack: Stack, count: int) -> None:
    """Autoscaling and the next apply would undo it; the message has both limits."""
    with pytest.raises(ConfigError, match=r"scaling\.min \(2\) to services\.web\.scaling\.max \(2\)"):
        refuse_beyond_limits(stack.environment, "web", count)


def test_scale_of_an_unknown_service_names_a_near_one(stack: Stack) -> None:
    """After a typo nothing has happened."""
    with pytest.raises(ConfigError, match="did you mean web"):
        refuse_beyond_limits(stack.environment, "wbe", 2)


def test_outputs_before_an_apply_say_what_to_do(stack: Stack, tmp_path: Path) -> None:
    """The fix is the command."""
    with pytest.raises(PreconditionError, match="nothing is") as caught:
        output.outputs_of(site_of(stack, tmp_path))
    assert "apply" in str(caught.value.fix)


def test_services_of_a_missing_cluster_are_none(stack: Stack) -> None:
    """For a destroyed environment this is no error."""
    assert live_services(stack.aws, cluster="missing", names=["web"]) == {}


def test_addresses_in_the_outputs_are_reachable() -> None:
    """In the sandbox the load balancer answers on loopback, under each path; names stay names."""
    outputs = {"url": "http://lb.test", "alb": {"dns_name": "lb.test"}, "services": {"a": "http://lb.test/a"}}
    assert output._reachable(outputs, ["http://lb.test"], "http://127.0.0.1:8080") == {
        "url": "http://127.0.0.1:8080",
        "alb": {"dns_name": "lb.test"},
        "services": {"a": "http://127.0.0.1:8080/a"},
    }


def test_names_in_the_outputs_are_reachable_too() -> None:
    """No DNS of the sandbox has a service's host, so its URL is the load balancer's as well."""
    outputs = {
        "url": "https://films.test",
        "services": {"a": {"url": "https://films.test", "path_url": "https://films.test/a"}},
        "alb": {"dns_name": "films.test"},
    }
    assert output._reachable(outputs, {"https://films.test"}, "http://127.0.0.1:8080") == {
        "url": "http://127.0.0.1:8080",
        "services": {"a": {"url": "http://127.0.0.1:8080", "path_url": "http://127.0.0.1:8080/a"}},
        "alb": {"dns_name": "films.test"},
    }


@pytest.mark.parametrize(
    ("seconds", "age"), [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7300, "2 h"), (200000, "2 d")]
)
def test_ages_are_short(seconds: float, age: str) -> None:
    """A table has no room for 200000 s, and a clock that is a second ahead gives no negative age."""
    assert age_of(seconds) == age


def test_outputs_are_flattened_by_path() -> None:
    """There is one value a line, under its path in the JSON."""
    nested = {"url": "http://a", "services": {"web": {"arn": "x", "group": None, "ids": ["a"], "new": True}}}
    assert list(output.flat(nested)) == [
        ("url", "http://a"),
        ("services.web.arn", "x"),
        ("services.web.group", ""),
        ("services.web.ids", '["a"]'),
        ("services.web.new", "true"),
    ]


def test_a_service_that_somebody_has_deleted_is_gone(stack: Stack) -> None:
    """ECS reports it as missing or inactive, or has no such cluster; a running one is not gone."""
    name = "films-short-lived"
    stack.aws.ecs.create_service(
        cluster=stack.prefix, serviceName=name, taskDefinition=stack.register(), desiredCount=0
    )
    assert gone_services(stack.aws, cluster=stack.prefix, names=["web", name]) == []
    stack.aws.ecs.delete_service(cluster=stack.prefix, service=name, force=True)
    names = ["web", name, *(f"none-{number}" for number in range(12))]
    assert gone_services(stack.aws, cluster=stack.prefix, names=names) == names[1:]
    assert gone_services(stack.aws, cluster="no-such-cluster", names=["web"]) == ["web"]
