"""Services and jobs by name, as a user types them."""

from wrapper.environment import Environment, Job, Service
from wrapper.errors import ConfigError, meant


def refuse_unknown(environment: Environment, name: str, *, command: str) -> None:
    """Raise ConfigError for the name of neither a service nor a job; it suggests a known name."""
    known = [*environment.services, *environment.jobs]
    if name not in known:
        what = "service or job" if environment.jobs else "service"
        raise ConfigError(f"{command} {environment.name}", [f"{name}: unknown {what}; {meant(name, known)}"])


def service_of(environment: Environment, name: str, *, command: str) -> Service:
    """Return the service; raise ConfigError that suggests a known name."""
    if name in environment.services:
        return environment.services[name]
    problem = f"{name}: unknown service; {meant(name, environment.services)}"
    raise ConfigError(f"{command} {environment.name}", [problem])


def job_of(environment: Environment, name: str, *, command: str) -> Job:
    """Return the job; raise ConfigError that suggests a known name."""
    if name in environment.jobs:
        return environment.jobs[name]
    problem = f"{name}: unknown job; {meant(name, environment.jobs)}"
    raise ConfigError(f"{command} {environment.name}", [problem])
