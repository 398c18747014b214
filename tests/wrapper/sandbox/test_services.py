import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.wrapper.sandbox.stage import Balancer, Stage, eventually


@dataclass
class Service:
    """A service of two tasks behind a load balancer of its own."""

    stage: Stage
    balancer: Balancer
    name: str

    @property
    def record(self) -> Any:
        return self.stage.client("ecs").describe_services(services=[self.name])["services"][0]

    @property
    def primary(self) -> Any:
        return next(one for one in self.record["deployments"] if one["status"] == "PRIMARY")

    def update(self, **changes: Any) -> str:
        """Change the service and return the id of its primary deployment."""
        self.stage.client("ecs").update_service(service=self.name, **changes)
        return str(self.primary["id"])

    def tasks(self, status: str = "RUNNING") -> list[Any]:
        ecs = self.stage.client("ecs")
        arns = ecs.list_tasks(serviceName=self.name, desiredStatus=status)["taskArns"]
        return list(ecs.describe_tasks(tasks=arns)["tasks"]) if arns else []

    def completed(self, deployment: str, *, seconds: float = 20) -> None:
        eventually(
            lambda: (self.primary["id"], self.primary["rolloutState"]) == (deployment, "COMPLETED"),
            seconds=seconds,
        )

    def answers(self, count: int = 10) -> set[int]:
        return {self.balancer.get().json()["pid"] for _ in range(count)}

    def messages(self) -> str:
        return "\n".join(event["message"] for event in self.record["events"])

    @contextmanager
    def load(self) -> Iterator[Counter[str]]:
        """Send requests all the time; the counter has every outcome."""
        outcomes: Counter[str] = Counter()
        stop = threading.Event()

        def send() -> None:
            while not stop.is_set():
                try:
                    outcomes[str(self.balancer.get().status_code)] += 1
                except httpx.TransportError as error:
                    outcomes[repr(error)] += 1
                time.sleep(0.01)

        senders = [threading.Thread(target=send) for _ in range(2)]
        for sender in senders:
            sender.start()
        yield outcomes
        stop.set()
        for sender in senders:
            sender.join()


@pytest.fixture
def make_service(stage: Stage) -> Iterator[Any]:
    made: list[Service] = []

    def make(*, drain_seconds: int = 1, **options: Any) -> Service:
        balancer = stage.balancer(drain_seconds=drain_seconds, interval_seconds=5)
        breaker = {"enable": True, "rollback": True}
        wanted = {
            "taskDefinition": stage.definition(),
            "desiredCount": 2,
            "launchType": "FARGATE",
            "deploymentConfiguration": {"deploymentCircuitBreaker": breaker},
            "healthCheckGracePeriodSeconds": 5,
            **options,
        }
        service = Service(stage=stage, balancer=balancer, name=f"s-{uuid4().hex[:8]}")
        target = {"targetGroupArn": balancer.group, "containerName": "app", "containerPort": 8000}
        network = {"awsvpcConfiguration": {"subnets": [stage.network["subnet"]]}}
        stage.client("ecs").create_service(
            serviceName=service.name, loadBalancers=[target], networkConfiguration=network, **wanted
        )
        made.append(service)
        return service

    yield make
    for service in made:
        stage.client("ecs").delete_service(service=service.name, force=True)


@pytest.fixture
def service(make_service: Any) -> Service:
    made: Service = make_service()
    made.completed(made.primary["id"])
    return made


def test_two_tasks_answer_in_turn(service: Service) -> None:
    """Both tasks of a service get requests, and have the deployment's id."""
    assert len(service.answers()) == 2
    assert {task["startedBy"] for task in service.tasks()} == {service.primary["id"]}


def test_new_service_is_in_progress_first(make_service: Any) -> None:
    """A deployment isn't complete before its tasks are healthy."""
    made = make_service()
    assert made.primary["rolloutState"] == "IN_PROGRESS"
    made.completed(made.primary["id"])
    assert (made.record["runningCount"], made.balancer.states()) == (2, ["healthy", "healthy"])
    assert "has reached a steady state" in made.messages()


def test_killed_task_is_replaced_without_a_failed_request(service: Service) -> None:
    """After a kill -9 the other task answers until a replacement is healthy."""
    before = service.answers()
    with service.load() as outcomes:
        os.kill(before.pop(), signal.SIGKILL)
        time.sleep(0.2)
        outcomes.clear()  # a request may have been in flight on the killed one
        eventually(lambda: service.balancer.states().count("healthy") == 2, seconds=30)
    assert set(outcomes) == {"200"}
    assert len(service.answers() - before) == 1


@pytest.mark.slow
def test_rolling_update_loses_no_request(service: Service) -> None:
    """Old tasks stop after the new ones are healthy, and finish their requests."""
    before = service.answers()
    with service.load() as outcomes:
        service.completed(service.update(forceNewDeployment=True))
    assert set(outcomes) == {"200"}
    assert not service.answers() & before
    assert len(service.record["deployments"]) == 1


@pytest.mark.slow
def test_deployment_waits_for_the_old_targets(make_service: Any) -> None:
    """A deployment isn't complete while old targets drain."""
    made = make_service(drain_seconds=4)
    made.completed(made.primary["id"])
    deployment = made.update(forceNewDeployment=True)
    eventually(lambda: made.balancer.states() == ["draining", "draining", "healthy", "healthy"])
    assert made.primary["rolloutState"] == "IN_PROGRESS"
    assert {task["lastStatus"] for task in made.tasks("STOPPED")} == {"DEACTIVATING"}
    made.completed(deployment)


@pytest.mark.slow
def test_deployment_waits_for_no_target_group_that_is_gone(stage: Stage, make_service: Any) -> None:
    """If its target group is deleted, a target is gone as well, and its task drains no longer."""
    made = make_service(drain_seconds=120)
    made.completed(made.primary["id"])
    other = stage.balancer()
    target = {"targetGroupArn": other.group, "containerName": "app", "containerPort": 8000}
    deployment = made.update(loadBalancers=[target])
    eventually(lambda: other.states() == ["healthy", "healthy"], seconds=20)
    elb = stage.client("elbv2")
    elb.delete_load_balancer(LoadBalancerArn=made.balancer.arn)
    elb.delete_target_group(TargetGroupArn=made.balancer.group)
    made.completed(deployment)


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"EXIT": "1"}, {"EXIT": "0"}, {"HEALTH": "500"}])
def test_breaker_rolls_back(stage: Stage, service: Service, environment: dict[str, str]) -> None:
    """A deployment whose tasks keep ending fails and rolls back; the old tasks answer all the time."""
    good = service.primary
    bad = stage.definition(environment=environment)
    with service.load() as outcomes:
        failed = service.update(taskDefinition=bad, healthCheckGracePeriodSeconds=0)
        eventually(lambda: service.primary["id"] == good["id"], seconds=90)
        listed = {one["id"]: one for one in service.record["deployments"]}
    assert set(outcomes) == {"200"}
    assert (listed[failed]["rolloutState"], listed[failed]["failedTasks"]) == ("FAILED", 3)
    assert service.record["taskDefinition"] == good["taskDefinition"]
    assert f"(deployment {failed}) deployment failed: tasks failed to start." in service.messages()
    assert f"(deployment {failed}) rolling back to deployment {good['id']}." in service.messages()


@pytest.mark.slow
def test_history_of_deployments(stage: Stage, service: Service) -> None:
    """It says which deployments succeeded and which were rolled back."""
    ecs = stage.client("ecs")
    service.update(taskDefinition=stage.definition(environment={"EXIT": "1"}))
    statuses = eventually(
        lambda: (
            (
                found := [
                    one["status"]
                    for one in ecs.list_service_deployments(service=service.name)["serviceDeployments"]
                ]
            )
            == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
            and found
        ),
        seconds=20,
    )
    arns = [
        one["serviceDeploymentArn"]
        for one in ecs.list_service_deployments(service=service.name)["serviceDeployments"]
    ]
    described = ecs.describe_service_deployments(serviceDeploymentArns=arns[:1])["serviceDeployments"][0]
    assert described["status"] == statuses[0]
    assert described["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert "serviceRevisionArn" in described["rollback"]


@pytest.mark.slow
def test_failed_first_deployment_has_nothing_to_go_back_to(stage: Stage, make_service: Any) -> None:
    """It fails without a rollback, and no more tasks are started."""
    made = make_service(taskDefinition=stage.definition(environment={"EXIT": "1"}))
    eventually(lambda: made.primary["rolloutState"] == "FAILED", seconds=20)
    # Tasks that were started with the last counted one may still end.
    eventually(lambda: (made.record["runningCount"], made.record["pendingCount"]) == (0, 0), seconds=20)
    count = len(made.tasks("STOPPED"))
    time.sleep(1)
    assert (len(made.tasks("STOPPED")), len(made.tasks("RUNNING"))) == (count, 0)


@pytest.mark.slow
def test_stopped_deployment_rolls_back(stage: Stage, service: Service) -> None:
    """A deployment can be stopped before the circuit breaker does it."""
    good = service.primary["id"]
    service.update(taskDefinition=stage.definition(environment={"HEALTH": "500"}))
    ecs = stage.client("ecs")
    newest = ecs.list_service_deployments(service=service.name)["serviceDeployments"][0]
    ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"])
    service.completed(good)


def alarm(stage: Stage, state: str) -> str:
    """Create an alarm in a state."""
    cloudwatch, name = stage.client("cloudwatch"), f"alarm-{uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="N",
        MetricName="errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    return name


def watched(name: str) -> dict[str, Any]:
    return {"alarms": {"alarmNames": [name], "enable": True, "rollback": True}}


@pytest.mark.slow
def test_alarm_takes_the_deployment_back(stage: Stage, make_service: Any) -> None:
    """An alarm during the deployment brings the old version back, whose tasks have never stopped."""
    name = alarm(stage, "OK")
    service = make_service(deploymentConfiguration=watched(name))
    good = service.primary
    service.completed(good["id"])
    failed = service.update(taskDefinition=stage.definition(environment={"HEALTH": "500"}))
    stage.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    service.completed(good["id"])
    assert service.record["taskDefinition"] == good["taskDefinition"]
    assert f"(deployment {failed}) deployment failed: alarm detected." in service.messages()


@pytest.mark.slow
def test_alarm_that_rang_before_takes_nothing_back(stage: Stage, make_service: Any) -> None:
    """A deployment may be what ends that alarm."""
    service = make_service(deploymentConfiguration=watched(alarm(stage, "ALARM")))
    service.completed(service.primary["id"])
    service.completed(service.update(taskDefinition=stage.definition()))


@pytest.mark.slow
def test_unhealthy_task_is_stopped_and_replaced(stage: Stage, make_service: Any) -> None:
    """After the grace period a task that fails its checks is stopped, with ECS's reason."""
    breaker = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    definition = stage.definition(environment={"HEALTH": "500"})
    made = make_service(
        taskDefinition=definition,
        desiredCount=1,
        healthCheckGracePeriodSeconds=0,
        deploymentConfiguration=breaker,
    )
    stopped = eventually(lambda: made.tasks("STOPPED"), seconds=20)[0]
    assert (
        stopped["stoppedReason"] == f"Task failed ELB health checks in (target-group {made.balancer.group})"
    )
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    assert "due to (reason Health checks failed with these codes: [500])." in made.messages()


@pytest.mark.slow
def test_grace_period_protects_a_new_task(stage: Stage, make_service: Any) -> None:
    """Within the grace period failed checks have no consequence."""
    definition = stage.definition(environment={"HEALTH": "500"})
    made = make_service(taskDefinition=definition, desiredCount=1, healthCheckGracePeriodSeconds=60)
    eventually(lambda: made.balancer.states() == ["unhealthy"], seconds=20)
    time.sleep(1)
    assert made.tasks("STOPPED") == []


@pytest.mark.slow
def test_scaling_out_and_in(service: Service) -> None:
    """The count of running tasks follows the desired count."""
    service.update(desiredCount=3)
    eventually(lambda: service.balancer.states().count("healthy") == 3)
    service.update(desiredCount=1)
    eventually(lambda: service.balancer.states() == ["healthy"])
    eventually(lambda: [task["lastStatus"] for task in service.tasks("STOPPED")] == ["STOPPED"] * 2)


@pytest.mark.slow
def test_changed_network_starts_new_tasks(stage: Stage, service: Service) -> None:
    """Tasks in another subnet are new tasks."""
    before = service.primary["id"]
    subnet = stage.client("ec2").create_subnet(VpcId=stage.network["vpc"], CidrBlock="10.0.9.0/24")
    network = {"awsvpcConfiguration": {"subnets": [subnet["Subnet"]["SubnetId"]]}}
    assert service.update(networkConfiguration=network) != before


@pytest.mark.slow
def test_deleted_service_drains(stage: Stage, service: Service) -> None:
    """A deleted service is inactive when its tasks have ended, and leaves no target."""
    stage.client("ecs").delete_service(service=service.name, force=True)
    assert service.record["status"] == "DRAINING"
    eventually(lambda: service.record["status"] == "INACTIVE")
    assert {task["lastStatus"] for task in service.tasks("STOPPED")} == {"STOPPED"}
    eventually(lambda: service.balancer.states() == [])
