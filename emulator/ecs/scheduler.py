"""The scheduler's thread: check every service after each change, and start and stop its tasks."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from ministack.core.responses import request_scope
from ministack.services import ecs

from emulator.alb.registry import TARGETS
from emulator.alb.target import State
from emulator.ecs import alarms, deployments, outcome, view
from emulator.ecs.decision import decide
from emulator.ecs.members import (
    Record,
    deregister,
    is_live,
    is_running,
    places_of,
    running_seconds,
    targets_of,
    tasks_of,
    tell,
)
from emulator.ecs.stopping import Stopper
from emulator.runtime.engine import Engine

_LOOK_SECONDS = 0.25
_log = logging.getLogger("sandbox.ecs")


class Scheduler:
    """One thread for all services; the periods of metrics pass `pace` times as fast as on AWS."""

    def __init__(self, engine: Engine, *, pace: float = 1.0) -> None:
        self.engine = engine
        self.pace = pace
        self._news = threading.Event()
        self.stopper = Stopper(engine, self.wake)
        # Held during a service's check, and by an API call that changes a service.
        self.lock = threading.RLock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scheduler")

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="scheduler loop").start()

    def wake(self) -> None:
        """Let the thread check the services soon. Any thread may call this."""
        self._news.set()

    def _run(self) -> None:
        while True:
            self._news.wait(_LOOK_SECONDS)
            self._news.clear()
            for (account, region, key), service in ecs._services.all_items():
                # An error in one service must not stop the scheduling of the others.
                error = self._worker.submit(self._look, account, region, service).exception()
                if error:
                    _log.error("service %s", key, exc_info=error)

    def _look(self, account: str, region: str, service: Record) -> None:
        with request_scope(account, region):
            with self.lock:
                if service["status"] == "DRAINING":
                    self._finish_deletion(service)
                missing = self._serve(service) if service["status"] == "ACTIVE" else 0
                primary = deployments.primary_of(service) if missing else {}
            # Not under the lock: a start pulls the image from this process, which may need the lock to
            # answer.
            if missing:
                self._start(service, primary, missing)
                self.wake()

    def _serve(self, service: Record) -> int:
        """Do everything for the service except starts; return how many tasks to start."""
        deployments.history_of(service)
        self._register_targets(service)
        outcome.count(service)
        alarms.judge(service)
        self._stop_unhealthy(service)
        missing = self._act(service)
        view.update_counts(service)
        deployments.complete_if_done(service)
        deployments.forget_finished(service)
        view.forget_stopped(service)
        return missing

    def _register_targets(self, service: Record) -> None:
        for task in tasks_of(service):
            if is_running(task) and "_registered" not in task:
                task["_registered"] = list(places_of(service, task))
                running_seconds(task)
                for group, address, port in task["_registered"]:
                    TARGETS.register(group, address, port)
                    tell(service, f"registered 1 targets in (target-group {group})")
                if not is_running(task):
                    deregister(task)  # it began to stop before it was registered

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

    def _act(self, service: Record) -> int:
        primary = deployments.primary_of(service)
        live = {task["taskArn"]: task for task in tasks_of(service) if is_live(task)}
        seen = [view.seen(service, primary, task) for task in live.values()]
        decision = decide(view.wanted(service, primary), seen)
        for arn in decision.stop:
            reason = f"Scaling activity initiated by (deployment {primary['id']})"
            self.stopper.stop(live[arn], reason=reason, code="ServiceSchedulerInitiated")
        if decision.stop:
            names = " ".join(f"(task {arn.rpartition('/')[2]})" for arn in decision.stop)
            if service.get("loadBalancers"):
                tell(service, f"has begun draining connections on {len(decision.stop)} tasks.")
            tell(service, f"has stopped {len(decision.stop)} running tasks: {names}.")
        return decision.start

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
            outcome.hold_back_longest(service)
            said = json.loads(body).get("message", "no reason given")
            tell(service, f"was unable to place a task. Reason: {said}.")
            return
        tell(service, f"has started {count} tasks.")

    def _finish_deletion(self, service: Record) -> None:
        for task in filter(is_live, tasks_of(service)):  # a start was in progress during the delete
            self.stopper.stop(task, reason="Service was deleted", code="ServiceSchedulerInitiated")
        if all(task["lastStatus"] == "STOPPED" for task in tasks_of(service)):
            service["status"] = "INACTIVE"
        view.update_counts(service)
