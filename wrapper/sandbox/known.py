"""The sandboxes that a clone knows of, by their records: which run, and at which ports."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from wrapper.sandbox import launch, proc, record
from wrapper.sandbox.place import Place
from wrapper.sandbox.record import Sandbox


def known_ports(root: Path, environment: str) -> tuple[int, int] | None:
    """Return the ports of the environment's sandbox, the API's and the load balancer's; None if none runs."""
    found = record.read(Place(root=root, environment=environment).record)
    return (found.port, found.alb_port) if found and _runs(found) else None


def ports_in_use(root: Path) -> frozenset[int]:
    """Return the ports of all sandboxes of the clone that run."""
    return frozenset(port for each in running(root) for port in (each.port, each.alb_port))


def running(root: Path) -> Sequence[Sandbox]:
    """List the clone's sandboxes that run, by the names of their environments."""
    return sorted(_running(root), key=lambda each: each.environment)


def _running(root: Path) -> Iterator[Sandbox]:
    for path in Place(root=root, environment="*").work.glob("*/sandbox/sandbox.json"):
        found = record.read(path)
        if found and _runs(found):
            yield found


def _runs(sandbox: Sandbox) -> bool:
    """Say whether its process is there, or it answers, as from another pid namespace."""
    return proc.mark_of(sandbox.pid) == sandbox.mark or launch.answers(sandbox.endpoint_url, sandbox.mark)
