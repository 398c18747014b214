"""Container dependencies: the order in which a task's containers start, and what each waits for.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
"""

import time
from collections.abc import Callable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from emulator.runtime.container import Container

Definition = Mapping[str, Any]
# Fargate's default of startTimeout.
_WAIT_SECONDS = 180.0
_LOOK_SECONDS = 0.1


class Unresolved(Exception):
    """A dependency can't be fulfilled any more; the text is ECS's reason."""


def order(definitions: Sequence[Definition]) -> list[int]:
    """Return the definitions' positions in the order of their start, which keeps their own where it can."""
    places = {definition["name"]: place for place, definition in enumerate(definitions)}
    graph = {
        place: [places[other["containerName"]] for other in definitions[place].get("dependsOn", [])]
        for place in places.values()
    }
    return list(TopologicalSorter(graph).static_order())


def await_all(definition: Definition, started: Callable[[], Mapping[str, Container]]) -> None:
    """Wait until all dependencies of a container are fulfilled; `started` returns the containers by name.

    Raises Unresolved.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    for dependency in definition.get("dependsOn", []):
        name, condition = dependency["containerName"], dependency["condition"]
        while not _holds(started().get(name), condition):
            if time.monotonic() > deadline or _is_hopeless(started().get(name), condition):
                raise Unresolved(_text(name, definition["name"], condition))
            time.sleep(_LOOK_SECONDS)


def _holds(container: Container | None, condition: str) -> bool:
    if container is None:
        return False
    match condition:
        case "HEALTHY":
            return container.health == "HEALTHY"
        case "COMPLETE":
            return container.status == "exited"
        case "SUCCESS":
            return container.status == "exited" and container.wait()["StatusCode"] == 0
    return True


def _is_hopeless(container: Container | None, condition: str) -> bool:
    if container is None or condition == "COMPLETE":
        return container is None
    return container.status == "exited" or (condition == "HEALTHY" and container.health == "UNHEALTHY")


def _text(name: str, target: str, condition: str) -> str:
    ends = {"SUCCESS": "did not exit successfully", "HEALTHY": "did not become healthy"}
    return (
        f"dependency graph: failed to resolve container ordering dependency [{name}] for target [{target}] "
        f"as dependency {ends.get(condition, 'did not come so far in time')}"
    )
