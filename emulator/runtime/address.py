"""An address in 127.0.0.0/8 for each task, in place of awsvpc's network interface."""

import random
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

_ATTEMPTS = 50


class Addresses:
    """Assigns addresses. A task's containers share one, which is free again after the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lent: dict[str, tuple[str, int]] = {}

    def borrow(self, task: str, ports: Sequence[int]) -> str:
        """Return the task's address; a new one if it has none, on which the ports are free."""
        with self._lock:
            address, users = self._lent.get(task, ("", 0))
            address = address or self._choose(ports)
            self._lent[task] = (address, users + 1)
            return address

    def give_back(self, task: str) -> bool:
        """Release the address for one container; return whether it was the task's last."""
        with self._lock:
            address, users = self._lent.get(task, ("", 0))
            if users > 1:
                self._lent[task] = (address, users - 1)
                return False
            return self._lent.pop(task, None) is not None

    def _choose(self, ports: Sequence[int]) -> str:
        taken = {address for address, _ in self._lent.values()}
        usable = (address for address in _candidates() if address not in taken and _is_free(address, ports))
        # A program listens on 0.0.0.0 at one of the ports. The task's own error in its log is the best
        # message.
        return next(usable, "") or next(_candidates())


def _candidates() -> Iterator[str]:
    """Yield random addresses, so that several sandboxes rarely choose the same one."""
    for _ in range(_ATTEMPTS):
        yield f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def _is_free(address: str, ports: Sequence[int]) -> bool:
    with suppress(OSError):
        for port in ports:
            with socket.socket() as probe:
                probe.bind((address, port))
        return True
    return False
