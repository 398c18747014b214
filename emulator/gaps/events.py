"""What ministack's EventBridge and its Scheduler lack to start tasks."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import eventbridge, scheduler

from emulator.events import delivery, times
from emulator.patching import replace, wrap

Record = dict[str, Any]
_TICK_SECONDS = 0.5

# The time up to which a schedule was handled, by (account, region, group/name) and time of its last change.
_dealt_with: dict[tuple[Any, ...], float] = {}


def ecs_targets() -> None:
    """Upstream accepts a cluster as the target of a rule or a schedule, but never starts a task."""

    def invoke(
        original: Callable[..., None], target: Record, event: Record, source: Record, view: Any = None
    ) -> None:
        if ":ecs:" not in target.get("Arn", ""):
            original(target, event, source, view)
            return
        seen = view or eventbridge._pattern_event_view(event)
        transformer = target.get("InputTransformer")
        is_rule = ":rule/" in source["Arn"]
        delivery.deliver(
            target,
            source_arn=source["Arn"],
            started_by=f"{'events-rule' if is_rule else 'chronos-schedule'}/{source['Name']}",
            overrides=eventbridge._apply_input_transformer(transformer, source, seen)
            if transformer
            else target.get("Input"),
            event=json.dumps(seen.event_with_detail()) if is_rule else target.get("Input") or "{}",
        )

    wrap(eventbridge, "_invoke_target", invoke)


def schedule_time_zones() -> None:
    """Upstream treats all schedules as in UTC, and checks them every 10 s."""

    def tick() -> None:
        now = time.time()
        for (account, region, name), schedule in list(scheduler._schedules._data.items()):
            with request_scope(account, region):
                if _is_due((account, region, name), schedule, now):
                    _fire(schedule, now)

    replace(scheduler, "_tick_schedules", tick)
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS


def _is_due(place: tuple[str, str, str], schedule: Mapping[str, Any], now: float) -> bool:
    """Return whether a schedule is due, at most once for each of its times; all missed ones count as one."""
    key = (*place, schedule["LastModificationDate"])
    start = scheduler._to_epoch(schedule.get("StartDate")) or 0.0
    end = scheduler._to_epoch(schedule.get("EndDate"))
    if schedule.get("State") != "ENABLED" or now < start or (end is not None and now > end):
        return False
    after = _dealt_with.get(key, schedule["LastModificationDate"])
    due = times.following(
        schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone", "UTC"), after=after
    )
    if due is None or due > now:
        return False
    _dealt_with[key] = now
    return True


def _fire(schedule: Record, now: float) -> None:
    event = {
        "EventId": new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": now,
        "Resources": [schedule["Arn"]],
        "Account": get_account_id(),
        "Region": get_region(),
    }
    eventbridge._invoke_target(schedule["Target"], event, schedule)
    is_once = schedule["ScheduleExpression"].startswith("at(")
    if is_once and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules.pop(f"{schedule['GroupName']}/{schedule['Name']}", None)
