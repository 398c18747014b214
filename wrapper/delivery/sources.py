"""Where an environment's images come from, and how a sandbox runs them."""

from collections.abc import Mapping
from pathlib import Path

from wrapper.environment import Environment
from wrapper.environment import Image as Source
from wrapper.image import missing_without_engine


def sources(environment: Environment) -> dict[str, Source]:
    """Return where each image comes from, by service, by job and for the fetcher of models.

    Jobs with a service's image have none, nor have variants.
    """
    own = {name: job.image for name, job in environment.jobs.items() if job.image.owner is None}
    services = {
        name: service.image
        for name, service in environment.services.items()
        if environment.image_owner(name) == name
    }
    return {**services, **own, **environment.fetchers}


def has_command(environment: Environment, name: str) -> bool:
    """Return whether the environment file says what an image runs."""
    owner = environment.services.get(name) or environment.jobs.get(name)
    return owner is not None and owner.command is not None


def missing(environment: Environment, *, root: Path) -> Mapping[str, tuple[str, ...]]:
    """Return what images would lack as process images, by name and by line of the Dockerfile."""
    found = {
        name: missing_without_engine(source, root=root, has_command=has_command(environment, name))
        for name, source in sources(environment).items()
    }
    return {name: lines for name, lines in found.items() if lines}


def warnings(environment: Environment, *, root: Path) -> Mapping[str, str]:
    """Say by name, in a sentence, what process images lack, and how to run them completely."""
    return {
        name: f"{name} runs without what only a container has: {'; '.join(lines)}. "
        "`sandbox.runtime: container` builds all of it."
        for name, lines in missing(environment, root=root).items()
    }


def runtime_of(environment: Environment, *, root: Path) -> str:
    """Return how tasks are to run: as the file says, else `auto` if a process image would lack something."""
    said = environment.sandbox.runtime
    return said or ("auto" if missing(environment, root=root) else "process")
