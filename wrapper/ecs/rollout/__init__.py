"""Wait for a roll-out, and say why if it fails.

`judge` is pure, `observation` reads AWS, and this is the loop.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.ecs.rollout.judge import Done, Failed, Progressing, Verdict
from wrapper.ecs.rollout.reason import Reason
from wrapper.ecs.rollout.snapshot import ServiceTarget
from wrapper.ecs.rollout.targets import settled
from wrapper.ecs.rollout.watch import Watch
from wrapper.errors import RolloutError

__all__ = ["Reason", "Rollout", "RolloutFailed", "ServiceTarget", "settled", "wait"]

POLL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """A service that is up: `seconds` is how long the wait took."""

    deployment_id: str
    tasks: int
    seconds: float


class RolloutFailed(RolloutError):
    """Carry a reason for each service that failed, as data."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        names = ", ".join(reason.service for reason in reasons)
        blocks = "\n".join(reason.text() for reason in reasons)
        advice = "; ".join(dict.fromkeys(reason.advice for reason in reasons if reason.advice))
        super().__init__(f"the roll-out of {names} failed\n{blocks}", fix=advice or None)
        self.reasons = reasons

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "reasons": [asdict(reason) for reason in self.reasons]}


def wait(
    aws: Aws,
    *,
    cluster: str,
    services: Mapping[str, ServiceTarget],
    progress: Callable[[str], None],
    poll_seconds: float = POLL_SECONDS,
) -> Mapping[str, Rollout]:
    """Wait until each service runs its planned task definition, every task healthy in the load balancer.

    All services are watched at once; the first failure ends the wait, and the failed deployment with it.
    Raises RolloutFailed.
    """
    watches = {name: Watch(aws, cluster, target) for name, target in services.items()}
    done: dict[str, Rollout] = {}
    while True:
        with explained(RolloutError):
            verdicts = {name: watch.look() for name, watch in watches.items() if name not in done}
            failures = [(watches[name], item) for name, item in verdicts.items() if isinstance(item, Failed)]
            if failures:
                raise RolloutFailed(tuple(watch.reason(item) for watch, item in failures))
        done |= {
            name: Rollout(deployment_id=item.deployment_id, tasks=item.tasks, seconds=watches[name].seconds)
            for name, item in verdicts.items()
            if isinstance(item, Done)
        }
        if len(done) == len(services):
            return done
        progress("; ".join(_lines(verdicts, named=len(services) > 1)))
        time.sleep(poll_seconds)


def _lines(verdicts: Mapping[str, Verdict], *, named: bool) -> Iterator[str]:
    for name, item in verdicts.items():
        if isinstance(item, Progressing):
            yield f"{name}: {item.text}" if named else item.text
