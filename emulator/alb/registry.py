"""The targets of each target group, and which of them gets the next request."""

import asyncio
import threading
import time
from collections.abc import Callable

from emulator.alb.target import State, Target


class Registry:
    """All target groups' targets by the group's ARN. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._groups: dict[str, dict[tuple[str, int], Target]] = {}
        self._turns: dict[str, int] = {}
        # Returns whether the listener at an address and port is the address's own task; None means always.
        self.answers: Callable[[str, int], bool] | None = None

    async def answers_itself(self, address: str, port: int) -> bool:
        """Return whether the listener at the address is the address's own task, and not another task."""
        return self.answers is None or await asyncio.to_thread(self.answers, address, port)

    def register(self, group: str, address: str, port: int) -> None:
        """Add a target. A draining one becomes new again; any other existing one is not changed."""
        with self._lock:
            targets = self._groups.setdefault(group, {})
            known = targets.get((address, port))
            if known is None or known.state is State.DRAINING:
                targets[address, port] = Target(address=address, port=port)

    def deregister(self, group: str, address: str, port: int | None, *, delay_seconds: float) -> None:
        """Drain a target for `delay_seconds`; port None means every port of the address."""
        with self._lock:
            for target in self._groups.get(group, {}).values():
                wanted = target.address == address and port in (None, target.port)
                if wanted and target.state is not State.DRAINING:
                    target.drain(delay_seconds, self._clock())

    def forget(self, group: str) -> None:
        """Remove the group and its targets at once."""
        with self._lock:
            self._groups.pop(group, None)
            self._turns.pop(group, None)

    def targets(self, group: str) -> list[Target]:
        """Return the group's targets, including draining ones, oldest first."""
        with self._lock:
            self._drop_drained(group)
            return list(self._groups.get(group, {}).values())

    def groups(self) -> list[str]:
        """Return the ARNs of all groups with registered targets."""
        with self._lock:
            return list(self._groups)

    def is_healthy(self, group: str, address: str, port: int) -> bool:
        """Return whether the target is registered and healthy."""
        with self._lock:
            target = self._groups.get(group, {}).get((address, port))
            return target is not None and target.is_healthy

    def find(self, group: str, address: str, port: int) -> Target | None:
        """Return a registered target; None if it is missing."""
        with self._lock:
            self._drop_drained(group)
            return self._groups.get(group, {}).get((address, port))

    def candidates(self, group: str) -> list[Target]:
        """Return the targets for the next request in the order of their turns (round robin).

        They are the healthy ones or, if there is none, all that aren't draining: AWS fails open.
        """
        with self._lock:
            registered = [target for target in self.targets(group) if target.state is not State.DRAINING]
            healthy = [target for target in registered if target.is_healthy]
            serving = healthy or registered
            turn = self._turns.get(group, 0)
            self._turns[group] = turn + 1
            start = turn % len(serving) if serving else 0
            return serving[start:] + serving[:start]

    def _drop_drained(self, group: str) -> None:
        now = self._clock()
        targets = self._groups.get(group, {})
        for key, target in list(targets.items()):
            if target.drained_at is not None and target.drained_at <= now:
                del targets[key]


TARGETS = Registry()
