"""The attestations of a pushed image: saved in the state bucket, and attached to it in its registry."""

from contextlib import closing
from datetime import UTC, datetime

from wrapper.delivery.site import Site
from wrapper.environment import Image as Source
from wrapper.errors import ArtifactError
from wrapper.image import Engine, Image, Side, attestation, repository_at
from wrapper.image.attestation import Attestation, Build


def attest(site: Site, image: Image, source: Source, *, engine: Engine | None, started: datetime) -> None:
    """Write the bill of materials and the provenance of an image that was just built and pushed.

    Raises PreconditionError if they cannot be saved. The console notes a Dockerfile that only its engine
    understands, and a registry that does not accept such documents.
    """
    build = Build(
        source=source,
        root=site.command.root,
        repository_url=image.reference.partition("@")[0],
        digest=image.digest,
        builder=f"{engine.name} {engine.version}" if engine else "process image",
        started=started,
        finished=datetime.now(UTC),
    )
    try:
        found = attestation.attest(build)
    except ArtifactError as error:
        site.command.console.note(f"{image.reference} has no attestations: {error}")
        return
    bucket = site.command.environment.state_bucket
    attestation.save(site.aws, bucket=bucket, digest=image.digest, attestations=found)
    _attach(site, image.reference, found)


def bring_along(origin: Site, site: Site, image: Image) -> None:
    """Copy the attestations of an image that was copied from another environment."""
    found = attestation.copy(
        origin.aws,
        site.aws,
        source_bucket=origin.command.environment.state_bucket,
        target_bucket=site.command.environment.state_bucket,
        digest=image.digest,
        tell=site.command.console.warn,
    )
    _attach(site, image.reference, found)


def _attach(site: Site, reference: str, found: list[Attestation]) -> None:
    url, _, digest = reference.partition("@")
    if not found:
        return
    try:
        with closing(repository_at(Side(site.aws, site.registry), url)) as repository:
            attestation.attach(repository, digest, found)
    except ArtifactError as error:
        site.command.console.note(f"{reference} has its attestations only in the state bucket: {error}")
