"""Services by name, as a user types them."""

from difflib import get_close_matches

from wrapper.environment import Environment, Service
from wrapper.errors import ConfigError


def service_of(environment: Environment, name: str, *, command: str) -> Service:
    """Return the service; raise ConfigError that names a close one, or all there are."""
    if name in environment.services:
        return environment.services[name]
    near = get_close_matches(name, environment.services, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(environment.services)}."
    raise ConfigError(f"{command} {environment.name}", [f"{name}: unknown service; {advice}"])
