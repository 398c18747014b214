"""Output and open: the outputs of the last apply, with URLs that this machine can reach."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wrapper import smoke
from wrapper.delivery.site import APP, Site
from wrapper.ecs.services import release_of
from wrapper.environment import Service
from wrapper.terraform.outputs import ServiceOutput


def outputs_of(site: Site) -> dict[str, Any]:
    """Return the app stack's outputs, with URLs that this machine can reach."""
    app, outputs = site.require_app(), site.outputs(APP)
    if site.sandbox is None:
        return outputs
    names = {app.url, *(service.url for service in app.services.values())}
    reachable: dict[str, Any] = _reachable(outputs, names, site.sandbox.alb_url)
    return reachable


def _reachable(value: Any, private: Collection[str], public: str) -> Any:
    """In the sandbox, replace a URL's host that leads nowhere by the load balancer's address."""
    if isinstance(value, Mapping):
        return {name: _reachable(each, private, public) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    begun = [url for url in private if value == url or value.startswith(f"{url}/")]
    return public + value.removeprefix(begun[0]) if begun else value


def flat(outputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Name each value by its path, such as services.recommender.log_group_name. What is no text is JSON."""
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{name}.")
        else:
            told = "" if value is None else value
            yield f"{above}{name}", told if isinstance(told, str) else json.dumps(told)


def page_of(site: Site) -> str:
    """Return the URL for a browser: the first request of the smoke test.

    It is that of the default service, or of the first one.
    """
    app, services = site.require_app(), site.command.environment.services
    name = next((name for name, each in services.items() if each.route.is_default), next(iter(services)))
    url = site.public_url(app.services[name].url if name in app.services else app.url)
    asked = (each for each in services[name].smoke.requests if each.status == 200 and each.method == "GET")
    request = next(asked, None)
    if request is None or name not in app.services:
        return f"{url}/"
    return url + smoke.path_of(request, _material(site, services[name], app.services[name]))


def _material(site: Site, service: Service, output: ServiceOutput) -> smoke.Material:
    """Find a user to ask for, without the users of the canary."""
    quiet = service.model_copy(update={"smoke": service.smoke.model_copy(update={"canary": None})})
    release = release_of(site.aws, output.task_definition_arn)
    bucket = site.command.environment.model_bucket
    return smoke.gather(site.aws, quiet, root=site.command.root, bucket=bucket, release=release)
