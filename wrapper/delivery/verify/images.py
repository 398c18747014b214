"""Whether the images exist in their registries."""

from collections.abc import Iterator

from wrapper import image
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped, warning
from wrapper.environment import Environment


def images(scene: Scene) -> Iterator[Finding]:
    """Check each image given by reference, and what the newest release would roll back to."""
    for subject, reference in _references(scene.environment):
        yield _given(scene, subject, reference)
    yield from _released(scene)


def _references(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield each image given by reference, with its key."""
    for name, service in environment.services.items():
        if service.image.reference:
            yield f"services.{name}.image.reference", service.image.reference
        for beside, sidecar in service.sidecars.items():
            if sidecar.image:
                yield f"services.{name}.sidecars.{beside}.image", sidecar.image
    for name, job in environment.jobs.items():
        if job.image.reference:
            yield f"jobs.{name}.image.reference", job.image.reference


def _given(scene: Scene, subject: str, reference: str) -> Finding:
    place = image.place_of(reference)
    if place is None and scene.sandbox:
        return failure(
            subject,
            f"must be in the sandbox's own registry, got {reference}.",
            "push it there, or build it here: give image.context instead of image.reference",
        )
    if place is None:
        return _foreign(subject, reference)
    if image.holds(scene.aws.in_region(place.region), reference=reference, registry_id=place.account_id):
        return good(subject, f"{reference} is in its repository")
    return failure(
        subject,
        f"must be in its repository, but {reference} is not.",
        "push the image, or correct the digest: "
        f"aws ecr describe-images --region {place.region} --repository-name {place.repository}",
    )


def _foreign(subject: str, reference: str) -> Finding:
    """Ask any other registry without signing in: a private one cannot be checked."""
    answer = image.ask(reference)
    if answer == "there":
        return good(subject, f"{reference} is in its registry")
    if answer == "absent":
        return failure(
            subject,
            f"must be in its registry, but {reference} is not.",
            "correct the reference, or push the image",
        )
    return warning(
        subject,
        f"not checked: {reference} cannot be checked without signing in.",
        "copy a private image to ECR: tasks pull from there with their role",
    )


def _released(scene: Scene) -> Iterator[Finding]:
    if scene.release is None:
        yield skipped("releases", "there is no release yet whose image could be checked")
        return
    for name, service in scene.release.services.items():
        subject = f"release {scene.release.number}, image of {name}"
        place = image.place_of(service.image)
        if place is None:
            continue
        aws = scene.aws.in_region(place.region)
        if image.holds(aws, reference=service.image, registry_id=place.account_id):
            yield good(subject, "is in its repository")
        else:
            yield warning(
                subject,
                f"must be in its repository for a rollback, but {service.image} is not.",
                "record a new release with python -m wrapper apply " + scene.environment.called,
            )
