"""The thread that takes measurements, then evaluates alarms and target tracking."""

import logging
import threading
import time
from collections.abc import Callable

from ministack.core.responses import request_scope
from ministack.services import ecs, sqs

from emulator.alb import counting
from emulator.alb.forwards import balancers_of, groups_in_use
from emulator.alb.registry import TARGETS
from emulator.ecs.scheduler import Scheduler
from emulator.ecs.usage import Usage
from emulator.gaps import alarms, tracking
from emulator.metrics.measured import STORE
from emulator.metrics.store import Metric

# AWS shows one value a minute; it measures more often.
_SAMPLE_SECONDS = 5.0
_TICK_SECONDS = 0.25
_log = logging.getLogger("sandbox.metrics")


def monitoring(scheduler: Scheduler) -> None:
    """Upstream measures nothing, and evaluates alarms only when a client puts a metric."""
    pace = scheduler.pace
    steps = (
        _every(max(_SAMPLE_SECONDS / pace, _TICK_SECONDS), _sampler(scheduler)),
        alarms.evaluated_alarms(pace),
        tracking.target_tracking(scheduler, pace),
    )

    def run() -> None:
        while True:
            for step in steps:
                # An alarm that can't be evaluated must not end the thread.
                try:
                    step(time.time())
                except Exception:
                    _log.exception("the metrics can't be evaluated")
            time.sleep(_TICK_SECONDS)

    threading.Thread(target=run, daemon=True, name="metrics").start()


def _every(seconds: float, step: Callable[[float], None]) -> Callable[[float], None]:
    last = float("-inf")

    def look(now: float) -> None:
        nonlocal last
        if now - last >= seconds:
            last = now
            step(now)

    return look


def _sampler(scheduler: Scheduler) -> Callable[[float], None]:
    usage = Usage()

    def sample(now: float) -> None:
        for (_, _, url), queue in list(sqs._queues.all_items()):
            waiting = sum(message["visible_at"] <= now for message in list(queue["messages"]))
            place = {"QueueName": str(url).rpartition("/")[2]}
            metric = Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", place)
            STORE.add(metric, float(waiting), unit="Count")
        for group in groups_in_use():
            for balancer in balancers_of(group):
                counting.sample(TARGETS, balancer, group)
        containers = scheduler.engine.containers()
        for (account, region, _name), service in list(ecs._services.all_items()):
            if service["status"] == "ACTIVE":
                with request_scope(account, region):
                    usage.look(service, containers, time.monotonic())
        usage.forget(task["taskArn"] for _, task in list(ecs._tasks.all_items()))

    return sample
