"""Services and jobs by name, as a user types them."""

from difflib import get_close_matches

from wrapper.environment import Environment, Job, Service
from wrapper.errors import ConfigError


def refuse_unknown(environment: Environment, name: str, *, command: str) -> None:
    """Raise ConfigError, with a close name or all there are, for what is neither a service nor a job."""
    known = [*environment.services, *environment.jobs]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
        what = "service or job" if environment.jobs else "service"
        raise ConfigError(f"{command} {environment.name}", [f"{name}: unknown {what}; {advice}"])


def service_of(environment: Environment, name: str, *, command: str) -> Service:
    """Return the service; raise ConfigError that names a close one, or all there are."""
    if name in environment.services:
        return environment.services[name]
    near = get_close_matches(name, environment.services, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(environment.services)}."
    raise ConfigError(f"{command} {environment.name}", [f"{name}: unknown service; {advice}"])


def job_of(environment: Environment, name: str, *, command: str) -> Job:
    """Return the job; raise ConfigError that names a close one, or all there are."""
    if name in environment.jobs:
        return environment.jobs[name]
    near = get_close_matches(name, environment.jobs, n=1)
    known = f"there are {', '.join(environment.jobs)}." if environment.jobs else "there are none."
    advice = f"did you mean {near[0]}?" if near else known
    raise ConfigError(f"{command} {environment.name}", [f"{name}: unknown job; {advice}"])
