"""Whether containers with a user other than root can write to /tmp on Fargate."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from wrapper import image
from wrapper.delivery.verify.finding import Finding, Scene, warning
from wrapper.environment import Environment
from wrapper.environment import Image as Source
from wrapper.errors import ArtifactError


@dataclass(frozen=True, kw_only=True)
class _Container:
    """A container with a volume at /tmp: its key in the file, its image, and its user if not the image's."""

    path: str
    source: Source
    user: str | None = None


def temporary_folders(scene: Scene) -> Iterator[Finding]:
    """Read an image's user, and whether it declares /tmp; what cannot be read is left out."""
    known: dict[Source, image.Identity | None] = {}
    for container in _containers(scene.environment):
        if container.source not in known:
            known[container.source] = _identity(scene, container.source)
        found = known[container.source]
        if found and not found.can_write_tmp(container.user):
            user = container.user or found.user
            yield warning(
                f"{container.path}.image",
                f"should declare /tmp as a volume: otherwise user {user} cannot write to it on Fargate.",
                f"add VOLUME /tmp to the Dockerfile's stage, or give {container.path}.tmp_mib",
            )


def _containers(environment: Environment) -> Iterator[_Container]:
    """Yield the containers on Fargate whose /tmp is a volume."""
    for name, service in environment.services.items():
        if service.capacity.ec2:
            continue
        if service.tmp_mib is None:
            yield _Container(path=f"services.{name}", source=service.image)
        for beside, sidecar in service.sidecars.items():
            source = Source(reference=sidecar.image) if sidecar.image else service.image
            if sidecar.tmp_mib is None and not sidecar.firelens:
                yield _Container(path=f"services.{name}.sidecars.{beside}", source=source, user=sidecar.user)
    for name, job in environment.jobs.items():
        if job.tmp_mib is None:
            yield _Container(path=f"jobs.{name}", source=environment.image_of(job))


def _identity(scene: Scene, source: Source) -> image.Identity | None:
    with suppress(ArtifactError, OSError, UnicodeDecodeError):
        if source.reference and not scene.sandbox:
            return image.identity_of_reference(scene.aws, source.reference)
        if not source.reference and scene.root:
            return image.identity_of_source(source, root=scene.root)
    return None
