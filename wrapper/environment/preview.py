"""A preview: another environment from the same file, beside the file's own and other previews."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wrapper.environment.fields import is_name
from wrapper.environment.root import PREFIX_LENGTH

OPTION: Final = "--as"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The name, and the ports of its sandbox, if the file is for one."""

    name: str
    port: int
    alb_port: int


def refusals(preview: Preview, data: Mapping[str, Any], files: Sequence[str]) -> Iterator[str]:
    """Yield the reasons why an environment from this content cannot have the name beside the `files`."""
    name = preview.name
    if not is_name(name):
        yield (
            "must be lower-case letters, digits and inner hyphens, beginning with a letter, such as pr-12, "
            f"got {name}."
        )
    if name in files:
        yield f"must not be an environment that has a file of its own, got {name}."
    project = data.get("project")
    room = PREFIX_LENGTH - len(f"{project}-")
    if isinstance(project, str) and len(name) > room:
        yield (
            f"must have at most {room} characters beside project {project} (AWS limits the names made of "
            f"them), got {name} with {len(name)}."
        )
    match data.get("alb"):
        case {"existing": dict()}:
            yield (
                "must not be used with alb.existing, on whose listener the file's environment answers the "
                "same requests; --set alb.existing=null creates a load balancer."
            )


def changes(data: Mapping[str, Any], preview: Preview) -> Mapping[tuple[str, ...], object]:
    """Return the values that a preview changes, by their paths in a file of this content."""
    found: dict[tuple[str, ...], object] = {("disposable",): True}
    if data.get("target") == "sandbox":
        found[("sandbox", "port")] = preview.port
        found[("sandbox", "alb_port")] = preview.alb_port
    if data.get("github") is not None:
        found[("github",)] = None
    if data.get("dns") is not None:
        found |= dict(_hosts(data, preview.name))
    return found


def put(data: Any, found: Mapping[tuple[str, ...], object]) -> Mapping[str, Any]:
    """Copy a file's content with values at their paths; a value that is no map is left to its own error."""
    for path, value in found.items():
        data = _put(data, path, value)
    return dict(data)


def _put(data: Any, path: Sequence[str], value: object) -> Any:
    if not path:
        return value
    inner = {} if data is None else data
    if not isinstance(inner, Mapping):
        return data
    return {**inner, path[0]: _put(inner.get(path[0]), path[1:], value)}


def _hosts(data: Mapping[str, Any], name: str) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the preview's hosts: a hosted zone can have only one record of each name.

    They are at the level of the file's hosts, so that a certificate for *.example.com covers both.
    """
    services = data.get("services")
    for service, block in services.items() if isinstance(services, Mapping) else ():
        match block:
            case {"route": {"hosts": [*hosts]}}:
                path = ("services", service, "route", "hosts")
                yield path, tuple(_called(host, name) for host in hosts)


def _called(host: object, name: str) -> object:
    if not isinstance(host, str):
        return host
    # A wildcard is a whole label.
    return f"*.{name}.{host[2:]}" if host.startswith("*.") else f"{name}-{host}"
