"""Look at every service whenever something changed, and do what it needs."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ministack.core.responses import request_scope
from ministack.services import ecs

from wrapper.sandbox.emulator.alb.registry import TARGETS
from wrapper.sandbox.emulator.alb.target import State
from wrapper.sandbox.emulator.ecs import deployments
from wrapper.sandbox.emulator.ecs.decision import Task, Wanted, decide
from wrapper.sandbox.emulator.ecs.members import (
    Record,
    is_healthy,
    is_live,
    is_running,
    places_of,
    running_seconds,
    targets_of,
    tasks_of,
    tell,
)
from wrapper.sandbox.emulator.ecs.stopping import Stopper
from wrapper.sandbox.emulator.runtime.engine import Engine

_LOOK_SECONDS = 0.25
_FAILURES = ("EssentialContainerExited", "TaskFailedToStart")
_LONGEST_BACK_OFF_SECONDS = 30.0
# ECS shows stopped tasks for about an hour.
_FORGET_TASK_SECONDS = 3600
_log = logging.getLogger("sandbox.ecs")


class Scheduler:
    """One thread for all services."""

    def __init__(self, engine: Engine) -> None:
        self._news = threading.Event()
        self.stopper = Stopper(engine, self.wake)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scheduler")

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="scheduler loop").start()

    def wake(self) -> None:
        """Look at the services soon; from any thread."""
        self._news.set()

    def _run(self) -> None:
        while True:
            self._news.wait(_LOOK_SECONDS)
            self._news.clear()
            for (account, region, key), service in ecs._services.all_items():
                # A service that can't be served must not take the others down with it.
                error = self._worker.submit(self._look, account, region, service).exception()
                if error:
                    _log.error("service %s", key, exc_info=error)

    def _look(self, account: str, region: str, service: Record) -> None:
        with request_scope(account, region):
            if service["status"] == "ACTIVE":
                self._serve(service)
            elif service["status"] == "DRAINING":
                self._finish_deletion(service)

    def _serve(self, service: Record) -> None:
        deployments.history_of(service)
        self._register_targets(service)
        self._count_outcomes(service)
        self._stop_unhealthy(service)
        self._act(service)
        _count(service)
        deployments.complete_if_done(service)
        deployments.forget_finished(service)
        _forget_stopped(service)

    def _register_targets(self, service: Record) -> None:
        for task in tasks_of(service):
            if is_running(task) and not task.get("_registered"):
                task["_registered"] = True
                running_seconds(task)
                for group, address, port in places_of(service, task):
                    TARGETS.register(group, address, port)
                    tell(service, f"registered 1 targets in (target-group {group})")

    def _count_outcomes(self, service: Record) -> None:
        """Let each task count once for its deployment when it becomes healthy, and once when it fails."""
        for task in tasks_of(service):
            deployment = str(task.get("_deployment_id"))
            if not task.get("_was_healthy") and is_healthy(service, task):
                task["_was_healthy"] = True
                service["_failures"] = 0
                deployments.count_success(service, deployment)
            failed = task.get("stopCode") in _FAILURES or task.get("_failed_health")
            if failed and not task.get("_counted"):
                task["_counted"] = True
                self._hold_back(service)
                deployments.count_failure(service, deployment)

    def _hold_back(self, service: Record) -> None:
        """Start the next task later and later while tasks keep failing."""
        failures = service["_failures"] = int(service.get("_failures", 0)) + 1
        pause = min(_LONGEST_BACK_OFF_SECONDS, 2.0 ** (failures - 3)) if failures > 1 else 0.0
        service["_start_after"] = time.monotonic() + pause
        if failures == deployments.threshold_of(service):
            tell(service, "is unable to consistently start tasks successfully.")

    def _stop_unhealthy(self, service: Record) -> None:
        grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
        for task in tasks_of(service):
            if not is_running(task) or running_seconds(task) < grace:
                continue
            for group, target in targets_of(service, task):
                if target.state is State.UNHEALTHY:
                    place, why = f"(target-group {group})", f"(reason {target.description})"
                    tell(service, f"(port {target.port}) is unhealthy in {place} due to {why}.")
                    task["_failed_health"] = True
                    reason = f"Task failed ELB health checks in {place}"
                    self.stopper.stop(task, reason=reason, code="ServiceSchedulerInitiated")
                    break

    def _act(self, service: Record) -> None:
        primary = deployments.primary_of(service)
        live = {task["taskArn"]: task for task in tasks_of(service) if is_live(task)}
        decision = decide(
            _wanted(service, primary), [_seen(service, primary, task) for task in live.values()]
        )
        for arn in decision.stop:
            reason = f"Scaling activity initiated by (deployment {primary['id']})"
            self.stopper.stop(live[arn], reason=reason, code="ServiceSchedulerInitiated")
        if decision.stop:
            names = " ".join(f"(task {arn.rpartition('/')[2]})" for arn in decision.stop)
            if service.get("loadBalancers"):
                tell(service, f"has begun draining connections on {len(decision.stop)} tasks.")
            tell(service, f"has stopped {len(decision.stop)} running tasks: {names}.")
        if decision.start:
            self._start(service, primary, decision.start)

    def _start(self, service: Record, primary: Record, count: int) -> None:
        status, _, body = ecs._run_task(
            {
                "cluster": service["clusterArn"],
                "taskDefinition": primary["taskDefinition"],
                "count": count,
                "group": f"service:{service['serviceName']}",
                "startedBy": primary["id"],
                "launchType": service.get("launchType"),
                "capacityProviderStrategy": service.get("capacityProviderStrategy"),
                "platformVersion": service.get("platformVersion", ""),
                "networkConfiguration": service.get("networkConfiguration"),
                "enableExecuteCommand": service.get("enableExecuteCommand", False),
                "tags": service.get("tags", []) if service.get("propagateTags") == "SERVICE" else [],
                "_deploymentId": primary["id"],
            }
        )
        if status != 200:
            _log.error("service %s can't start tasks: %s", service["serviceName"], body)
            service["_start_after"] = time.monotonic() + _LONGEST_BACK_OFF_SECONDS
            return
        tell(service, f"has started {count} tasks.")

    def _finish_deletion(self, service: Record) -> None:
        if all(task["lastStatus"] == "STOPPED" for task in tasks_of(service)):
            service["status"] = "INACTIVE"
        _count(service)


def _wanted(service: Record, primary: Record) -> Wanted:
    configuration = service.get("deploymentConfiguration") or {}
    may_start = primary["rolloutState"] != "FAILED" and time.monotonic() >= service.get("_start_after", 0.0)
    return Wanted(
        count=int(service["desiredCount"]),
        minimum_healthy_percent=int(configuration.get("minimumHealthyPercent", 100)),
        maximum_percent=int(configuration.get("maximumPercent", 200)),
        may_start=may_start,
    )


def _seen(service: Record, primary: Record, task: Record) -> Task:
    return Task(
        arn=task["taskArn"],
        is_current=task.get("_deployment_id") == primary["id"],
        is_running=is_running(task),
        is_healthy=is_healthy(service, task),
        started_at=float(task.get("_running_since", 0.0)),
    )


def _count(service: Record) -> None:
    """Bring the counts of the service, its deployments and its cluster up to date."""
    live = [task for task in tasks_of(service) if is_live(task)]
    for record in (service, *service["deployments"]):
        own = [task for task in live if record is service or task.get("_deployment_id") == record["id"]]
        running = sum(map(is_running, own))
        record.update(runningCount=running, pendingCount=len(own) - running)
    ecs._recount_cluster(ecs._cluster_name_from_arn(service["clusterArn"]))


def _forget_stopped(service: Record) -> None:
    now = time.monotonic()
    for task in tasks_of(service):
        if (
            task["lastStatus"] == "STOPPED"
            and now - task.setdefault("_stopped_since", now) > _FORGET_TASK_SECONDS
        ):
            ecs._tasks.pop(task["taskArn"], None)
