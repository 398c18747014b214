"""Execute scheduled actions of Application Auto Scaling."""

import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import ecs

from emulator.ecs.members import service_named
from emulator.ecs.scheduler import Scheduler
from emulator.events import times
from emulator.gaps.autoscaling import ACTIONS, TARGETS

Record = dict[str, Any]
_TICK_SECONDS = 0.5


def scheduled_limits(scheduler: Scheduler) -> None:
    """Upstream has no scheduled actions; AWS sets new limits and brings the count between them."""
    dealt_with: dict[tuple[str, ...], float] = {}

    def run() -> None:
        while True:
            for (account, region, name), action in list(ACTIONS.all_items()):
                place = (account, region, name, action["Schedule"], action.get("Timezone", "UTC"))
                now = time.time()
                due = times.following(place[3], place[4], after=dealt_with.setdefault(place, now))
                if due is not None and due <= now:
                    dealt_with[place] = now
                    with request_scope(account, region):
                        _carry_out(action)
                        scheduler.wake()
            time.sleep(_TICK_SECONDS)

    threading.Thread(target=run, daemon=True, name="scheduled actions").start()


def _carry_out(action: Record) -> None:
    """Set the limits that the action names, one or both."""
    for target in TARGETS.values():
        suspended = target["SuspendedState"]["ScheduledScalingSuspended"]
        if target["ResourceId"] == action["ResourceId"] and not suspended:
            target.update(action["ScalableTargetAction"])
            _, cluster, name = action["ResourceId"].split("/")
            service = service_named(cluster, name) or {}
            before = service.get("desiredCount")
            if before is not None:
                count = min(max(before, target["MinCapacity"]), target["MaxCapacity"])
                if count != before:
                    ecs._update_service({"cluster": cluster, "service": name, "desiredCount": count})
