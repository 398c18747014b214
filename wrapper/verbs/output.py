"""Output and open: what the last apply made, with URLs as they are reached from here."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wrapper.delivery.site import APP, Site


def outputs_of(site: Site) -> dict[str, Any]:
    """Return the app stack's outputs, with URLs as they are reached from here."""
    app, outputs = site.require_app(), site.outputs(APP)
    if site.sandbox is None:
        return outputs
    names = {app.url, *(service.url for service in app.services.values())}
    reachable: dict[str, Any] = _reachable(outputs, names, site.sandbox.alb_url)
    return reachable


def _reachable(value: Any, private: Collection[str], public: str) -> Any:
    """Put the public address where a URL begins with one that nothing leads to in the sandbox."""
    if isinstance(value, Mapping):
        return {name: _reachable(each, private, public) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    begun = [url for url in private if value == url or value.startswith(f"{url}/")]
    return public + value.removeprefix(begun[0]) if begun else value


def flat(outputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Name each value by its path, such as services.recommender.log_group_name."""
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", "" if value is None else str(value)


def page_of(site: Site) -> str:
    """Return what to open in a browser: the first good request of the default service, or of the first."""
    app, services = site.require_app(), site.command.environment.services
    name = next((name for name, each in services.items() if each.route.is_default), next(iter(services)))
    url = site.public_url(app.services[name].url if name in app.services else app.url)
    good = (request.path for request in services[name].smoke.requests if request.status == 200)
    return url + next(good, "/")
