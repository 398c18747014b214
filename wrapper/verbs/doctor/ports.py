"""Whether the sandbox runs, or could start."""

from pathlib import Path

from wrapper import sandbox
from wrapper.environment import Environment
from wrapper.sandbox.ports import require_free
from wrapper.verbs.doctor.check import Check, checked


def sandbox_check(environment: Environment, root: Path) -> Check:
    return checked("sandbox", lambda: _sandbox(environment, root))


def _sandbox(environment: Environment, root: Path) -> str:
    if running := sandbox.find(environment, root=root):
        return f"runs on {running.endpoint_url} (process {running.pid})"
    ports = environment.sandbox
    require_free(environment.name, ports.port, ports.alb_port, work=root / ".wrapper")
    return f"does not run; ports {ports.port} and {ports.alb_port} are free"
