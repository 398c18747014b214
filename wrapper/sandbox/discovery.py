"""The running sandboxes of a clone and their ports, by their records."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from wrapper.sandbox import launch, proc, record
from wrapper.sandbox.place import Place
from wrapper.sandbox.record import Sandbox


def known_ports(root: Path, environment: str) -> tuple[int, int] | None:
    """Return the API's and the load balancer's port of the environment's sandbox; None if it does not run."""
    found = record.read(Place(root=root, environment=environment).record)
    return (found.port, found.alb_port) if found and _runs(found) else None


def ports_in_use(root: Path) -> frozenset[int]:
    """Return the ports of all running sandboxes of the clone."""
    return frozenset(port for each in running(root) for port in (each.port, each.alb_port))


def running(root: Path) -> Sequence[Sandbox]:
    """Return the running sandboxes of the clone, sorted by environment."""
    return sorted(_running(root), key=lambda each: each.environment)


def _running(root: Path) -> Iterator[Sandbox]:
    for path in Place(root=root, environment="*").work.glob("*/sandbox/sandbox.json"):
        found = record.read(path)
        if found and _runs(found):
            yield found


def _runs(sandbox: Sandbox) -> bool:
    """Return whether its process runs, or it answers (it may run in another pid namespace)."""
    return proc.mark_of(sandbox.pid) == sandbox.mark or launch.answers(sandbox.endpoint_url, sandbox.mark)
