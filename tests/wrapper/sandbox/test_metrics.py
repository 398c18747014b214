"""The sandbox measures, alarms use that, and tasks follow the load; time passes 60 times as fast."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import Balancer, FakeEnvironment, Stage, eventually, free_ports
from wrapper import sandbox
from wrapper.sandbox.settings import PACE

pytestmark = pytest.mark.slow
PACED = 60


@pytest.fixture(scope="module")
def quick(make_root: Callable[[], Path], app: Path) -> Iterator[Stage]:
    """Start a sandbox in which a second is one of CloudWatch's minutes."""
    root, described = make_root(), FakeEnvironment(sandbox=free_ports())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(PACE, str(PACED))
        started = Stage(sandbox=sandbox.up(described, root=root, progress=print), root=root)
    started.image = started.push(app)
    yield started
    sandbox.down(described, root=root)


@pytest.fixture
def web(quick: Stage) -> Iterator[tuple[Balancer, str]]:
    """Create a service of one task behind a load balancer, and wait until it answers."""
    balancer, name, ecs = quick.balancer(), f"web-{uuid4().hex[:8]}", quick.client("ecs")
    ecs.create_cluster()
    network = {"subnets": [quick.network["subnet"]], "assignPublicIp": "ENABLED"}
    ecs.create_service(
        serviceName=name,
        taskDefinition=quick.definition(),
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        loadBalancers=[{"targetGroupArn": balancer.group, "containerName": "app", "containerPort": 8000}],
    )
    eventually(lambda: balancer.get().status_code == 200, seconds=20)
    yield balancer, name
    ecs.delete_service(service=name, force=True)


def dimensions(balancer: Balancer, *, group: bool = True) -> list[dict[str, str]]:
    whole = [{"Name": "LoadBalancer", "Value": balancer.arn.partition(":loadbalancer/")[2]}]
    return [*whole, *([{"Name": "TargetGroup", "Value": balancer.group.rpartition(":")[2]}] if group else [])]


def measured(
    stage: Stage, name: str, statistic: str, place: list[dict[str, str]], period: int = 1200, **more: Any
) -> float | None:
    """Return a statistic of the last ten minutes, or of their newest period."""
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": place} | more
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
    now = datetime.now(UTC)
    found = stage.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=10), EndTime=now + timedelta(minutes=1)
    )["MetricDataResults"][0]
    return found["Values"][0] if found["Values"] else None


@contextmanager
def load(balancer: Balancer, per_second: int) -> Iterator[Counter[int]]:
    """Send requests at this rate during the block; the counter has every status, 0 for none."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()
    headers = {"Host": f"{balancer.name}.alb.localhost"}

    def ask(client: httpx.Client) -> None:
        try:
            statuses[client.get(balancer.stage.sandbox.alb_url, headers=headers).status_code] += 1
        except httpx.TransportError:
            statuses[0] += 1

    def run() -> None:
        with httpx.Client(trust_env=False, timeout=10) as client, ThreadPoolExecutor(8) as pool:
            began, sent = time.monotonic(), 0
            while not stop.is_set():
                while sent < (time.monotonic() - began) * per_second:
                    pool.submit(ask, client)
                    sent += 1
                stop.wait(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        thread.join()


def test_requests_are_counted_as_a_load_balancer_does(quick: Stage, web: tuple[Balancer, str]) -> None:
    """They count by load balancer, target group and status, with latency; its own errors are separate."""
    balancer, name = web
    before = measured(quick, "RequestCount", "Sum", dimensions(balancer)) or 0
    for path in ("/", "/", "/slow?0.3"):
        balancer.get(path)
    assert measured(quick, "RequestCount", "Sum", dimensions(balancer)) == before + 3
    answered = measured(quick, "HTTPCode_Target_2XX_Count", "Sum", dimensions(balancer, group=False))
    assert answered == measured(quick, "HTTPCode_Target_2XX_Count", "Sum", dimensions(balancer))
    assert 0.3 <= (measured(quick, "TargetResponseTime", "p100", dimensions(balancer)) or 0) < 2
    assert (measured(quick, "TargetResponseTime", "p10", dimensions(balancer)) or 1) < 0.3
    per_target = measured(quick, "RequestCountPerTarget", "Sum", dimensions(balancer)[1:])
    assert per_target == pytest.approx(before + 3)
    eventually(lambda: measured(quick, "HealthyHostCount", "Maximum", dimensions(balancer)) == 1)
    place = [{"Name": "ClusterName", "Value": "default"}, {"Name": "ServiceName", "Value": name}]
    for kind in ("CPUUtilization", "MemoryUtilization"):
        usage = partial(measured, quick, kind, "Average", place, Namespace="AWS/ECS")
        assert 0 < eventually(usage) < 100
    empty = quick.balancer()
    assert empty.get().status_code == 503
    assert measured(quick, "HTTPCode_ELB_5XX_Count", "Sum", dimensions(empty, group=False)) == 1
    assert measured(quick, "RequestCount", "Sum", dimensions(empty)) in (0, None)


def test_a_caller_who_gives_up_is_counted_as_460(quick: Stage, web: tuple[Balancer, str]) -> None:
    """The load balancer counts an answer of its own, which nobody reads."""
    balancer, _ = web
    address = urlsplit(balancer.stage.sandbox.alb_url)
    with socket.create_connection((address.hostname, address.port)) as caller:
        fields = f"Host: {balancer.name}.alb.localhost\r\nContent-Length: 9\r\n\r\n"
        caller.sendall(f"GET /slow?3 HTTP/1.1\r\n{fields}half".encode())
        time.sleep(0.5)  # the target has the request
    place = dimensions(balancer, group=False)
    eventually(lambda: measured(quick, "HTTPCode_ELB_4XX_Count", "Sum", place) == 1)


def test_messages_that_wait_are_counted(quick: Stage) -> None:
    """A job's alarm uses them to find refused starts; messages that are being processed don't count."""
    queues, name = quick.client("sqs"), f"dead-{uuid4().hex[:8]}"
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    for number in range(3):
        queues.send_message(QueueUrl=url, MessageBody=str(number))
    queues.receive_message(QueueUrl=url, VisibilityTimeout=60)
    place, waiting = [{"Name": "QueueName", "Value": name}], "ApproximateNumberOfMessagesVisible"
    eventually(lambda: measured(quick, waiting, "Maximum", place, period=1, Namespace="AWS/SQS") == 2)


def test_what_a_client_measures_is_kept_beside_it(quick: Stage) -> None:
    """Values, counts and statistics are kept; both query APIs return the same, by periods from the start."""
    cloudwatch, name = quick.client("cloudwatch"), uuid4().hex
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    data = [
        {"Value": 5.0, "Timestamp": minute},
        {"Values": [1.0, 2.0], "Counts": [3.0, 1.0], "Timestamp": minute + timedelta(seconds=59)},
        {
            "StatisticValues": {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 9},
            "Timestamp": minute + timedelta(seconds=130),
        },
    ]
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": name, **each} for each in data])
    times = {"StartTime": minute + timedelta(seconds=10), "EndTime": minute + timedelta(minutes=3)}
    points = cloudwatch.get_metric_statistics(
        Namespace="N",
        MetricName=name,
        Period=60,
        Statistics=["Sum", "SampleCount", "Maximum"],
        ExtendedStatistics=["p50"],
        **times,
    )["Datapoints"]
    assert [
        (point["Timestamp"], point["Sum"], point["SampleCount"], point["Maximum"]) for point in points
    ] == [
        (minute, 10.0, 5.0, 5.0),
        (minute + timedelta(minutes=2), 20.0, 4.0, 9.0),
    ]
    assert points[0]["ExtendedStatistics"]["p50"] == pytest.approx(1, rel=0.02)
    metric = {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "m", "MetricStat": metric, "ReturnData": False},
        {"Id": "twice", "Expression": "2 * FILL(m, 1)"},
    ]
    [found] = cloudwatch.get_metric_data(MetricDataQueries=queries, **times)["MetricDataResults"]
    assert (found["Id"], found["Values"]) == ("twice", [40.0, 2.0, 20.0])
    assert found["Timestamps"][-1] == minute
    listed = cloudwatch.list_metrics(Namespace="N", MetricName=name)["Metrics"]
    assert [(each["MetricName"], each["Dimensions"]) for each in listed] == [(name, [])]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Statistics": ["Mode"]}, "The statistic Mode isn't one"),
        ({"Period": 7}, "Period must be"),
        ({"StartTime": datetime(2020, 1, 1, tzinfo=UTC), "Period": 60}, "exceeds the limit of 1440"),
        ({"EndTime": datetime(2020, 1, 1, tzinfo=UTC)}, "StartTime must be less"),
    ],
)
def test_what_cannot_be_answered_is_refused(quick: Stage, change: dict[str, Any], words: str) -> None:
    """The error is CloudWatch's."""
    now = datetime.now(UTC)
    asked = {
        "Namespace": "N",
        "MetricName": "m",
        "Period": 60,
        "Statistics": ["Sum"],
        "StartTime": now - timedelta(minutes=5),
        "EndTime": now,
    }
    with pytest.raises(ClientError, match=words):
        quick.client("cloudwatch").get_metric_statistics(**asked | change)


def test_an_alarm_goes_off_by_errors_and_is_over_by_itself(quick: Stage) -> None:
    """It uses metric math over the load balancer's counts; another service's errors don't count."""
    balancer, neighbour, cloudwatch = quick.balancer(), quick.balancer(), quick.client("cloudwatch")
    name = f"errors-{uuid4().hex[:8]}"
    place = dimensions(balancer, group=False)
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_ELB_5XX_Count", "Dimensions": place}
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Metrics=[
            {"Id": "share", "Expression": "FILL(errors, 0) / 10", "ReturnData": True},
            {
                "Id": "errors",
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
                "ReturnData": False,
            },
        ],
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])

    eventually(lambda: state() == "OK")
    assert neighbour.get().status_code == 503
    time.sleep(2 * 60 / PACED)  # as long as it would take to go off
    assert state() == "OK"
    eventually(lambda: balancer.get().status_code == 503 and state() == "ALARM")
    eventually(lambda: state() == "OK")
    with pytest.raises(ClientError, match="metric math has"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Metrics=[{"Id": "all", "Expression": "ANOMALY_DETECTION_BAND(x)"}],
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


def test_tasks_follow_the_load(quick: Stage, web: tuple[Balancer, str]) -> None:
    """They scale out while the load is too high for one, then in again, and no request is lost."""
    balancer, name = web
    client, ecs = quick.client("application-autoscaling"), quick.client("ecs")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/default/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    load_balancer, group = (each["Value"] for each in dimensions(balancer))
    policy = client.put_scaling_policy(
        **target,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 10 * 60,
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 60,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": f"{load_balancer}/{group}",
            },
        },
    )

    def counts() -> tuple[int, int]:
        service = ecs.describe_services(services=[name])["services"][0]
        return service["desiredCount"], service["runningCount"]

    with load(balancer, per_second=25) as statuses:
        eventually(lambda: counts() == (3, 3), seconds=30)
        high = quick.client("cloudwatch").describe_alarms(
            AlarmNames=[each["AlarmName"] for each in policy["Alarms"]], StateValue="ALARM"
        )["MetricAlarms"]
        assert "-AlarmHigh-" in high[0]["AlarmName"]
    with load(balancer, per_second=2) as fewer:
        eventually(lambda: counts() == (1, 1), seconds=60)
    assert set(statuses) == set(fewer) == {200}
    activities = client.describe_scaling_activities(**target)["ScalingActivities"]
    assert [each["Description"] for each in activities][-1] == "Setting desired count to 3."
    assert activities[0]["Description"] == "Setting desired count to 1."
    client.deregister_scalable_target(**target)
    names = [each["AlarmName"] for each in policy["Alarms"]]
    assert not quick.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
