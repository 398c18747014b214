"""Jobs by name: what each runs, out of the images of services and of its own."""

from collections.abc import Mapping
from typing import Any

from wrapper.environment import Environment, Job
from wrapper.environment import Image as Source
from wrapper.errors import ConfigError, meant
from wrapper.image import Image
from wrapper.release import JobRelease


def sources(environment: Environment) -> dict[str, Source]:
    """Return where each image comes from, by service and by job; jobs with a service's image have none."""
    own = {name: job.image for name, job in environment.jobs.items() if job.image.service is None}
    return {**{name: service.image for name, service in environment.services.items()}, **own}


def releases(
    environment: Environment, images: Mapping[str, Image], repositories: Mapping[str, Any]
) -> dict[str, JobRelease]:
    """Pin each job to an image out of those of `sources`; `repositories` is the foundation's output."""
    found = {}
    for name, job in environment.jobs.items():
        owner = job.image.service or name
        repository = repositories.get(owner)
        found[name] = JobRelease(
            image=images[owner].reference, repository_arn=repository["arn"] if repository else None
        )
    return found


def job_of(environment: Environment, name: str, *, command: str) -> Job:
    """Return the job; raise ConfigError that names a close one, or all there are."""
    if name in environment.jobs:
        return environment.jobs[name]
    raise ConfigError(
        f"{command} {environment.name}", [f"{name}: unknown job; {meant(name, environment.jobs)}"]
    )
