"""Whether what runs could start again: its images and its model, which nothing else checks meanwhile."""

from collections.abc import Iterator
from typing import NamedTuple

from wrapper import image, model
from wrapper.aws.client import Aws
from wrapper.ecs.services import images_of, release_of
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError


class Lost(NamedTuple):
    """What a task definition names, and what was found instead."""

    what: str
    named: str
    found: str


def lost(aws: Aws, task_definition_arn: str, *, model_bucket: str) -> Iterator[Lost]:
    """Yield each image and model of a task definition that the next task would not find.

    An image that is not in ECR is not checked. Raises PreconditionError.
    """
    for container, reference in images_of(aws, task_definition_arn).items():
        place = image.place_of(reference)
        if place and "@" in reference:
            registry = aws.in_region(place.region)
            if not image.holds(registry, reference=reference, registry_id=place.account_id):
                yield Lost(f"image of {container}", reference, "none")
    named = release_of(aws, task_definition_arn).model
    if named and (found := _found(aws, model_bucket, named)):
        yield Lost("model", _label(named), found)


def _found(aws: Aws, bucket: str, named: ModelVersion) -> str:
    """Say what exists instead of the model; nothing if it is unchanged."""
    try:
        found = model.inspect(aws, bucket=bucket, name=named.name, version=named.version)
    except ArtifactError as error:
        return error.message
    if found is None:
        return "none"
    return "" if found == named else _label(found)


def _label(version: ModelVersion) -> str:
    return f"{version.label} (sha256 {version.sha256[:12]})"
