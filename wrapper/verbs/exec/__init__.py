"""Run a command in a container of a running task: by ECS Exec on AWS, next to its process in the sandbox."""

import shlex
from collections.abc import Sequence

from wrapper.aws.client import Aws, explained
from wrapper.delivery.site import Site
from wrapper.errors import PreconditionError
from wrapper.verbs.exec import remote
from wrapper.verbs.exec.local import run_local
from wrapper.verbs.exec.place import Place, place_of

__all__ = ["Place", "execute"]


def execute(
    site: Site, service: str, words: Sequence[str], *, task: str | None, container: str | None
) -> int:
    """Run the words with this process's standard streams and return their exit code.

    Raises PreconditionError if no task runs, exec is off, or AWS's programs are missing; ConfigError for an
    unknown task or container.
    """
    environment = site.command.environment
    place = place_of(site.aws, environment, service, task=task, container=container)
    if not place.is_open:
        raise PreconditionError(
            f"services.{service}.exec must be true for this, and task {place.task} was started without it.",
            fix=f"set services.{service}.exec: true in environments/{environment.file}.yaml and apply it",
        )
    if site.sandbox is None:
        return remote.run_remote(place, words, site.aws.child_environment())
    return run_local(_session(site.aws, place, words))


def _session(aws: Aws, place: Place, words: Sequence[str]) -> str:
    """Ask the sandbox how to run the words in the container."""
    with explained():
        opened = aws.ecs.execute_command(
            cluster=place.cluster,
            task=place.task,
            container=place.container,
            command=shlex.join(words),
            interactive=True,
        )
    return opened["session"]["tokenValue"]
