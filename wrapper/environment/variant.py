"""Variants of a service: beside it for long, each with a share of its requests, and a difference to it."""

from collections.abc import Mapping

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.compute import Size
from wrapper.environment.fields import ModelName, Text, VariableName
from wrapper.environment.scaling import Scaling
from wrapper.environment.source import Image
from wrapper.environment.verification import Smoke


class VariantModel(Block):
    """What is left out is as the service's model has it."""

    name: ModelName | None = Field(default=None, description="Name of the model; null is the service's.")
    version: ModelName | None = Field(
        default=None, description="Version to serve; with it the service's ratings and source do not count."
    )
    ratings: Text | None = Field(
        default=None, description="Ratings to train from, a local file or s3://…, instead of the service's."
    )
    source: Text | None = Field(
        default=None, description="What to publish as version if it is not there yet, as under model."
    )


class Variant(Block):
    """What is left out is as the service has it."""

    weight: int = Field(
        description="Percent of the service's requests, from 0 to 99; the service keeps the rest. With 0 "
        "only the header X-Slot leads there."
    )
    image: Image | None = Field(
        default=None, description="What runs, as under image; null is the service's image."
    )
    command: tuple[str, ...] | None = Field(
        default=None, description="Command of the container; null is the service's."
    )
    model: VariantModel | None = Field(
        default=None, description="How its model differs, such as `{version: v2}`; null is the service's."
    )
    environment: Mapping[VariableName, str] = Field(
        default={}, description="Environment variables, beside the service's or instead of them."
    )
    size: Size | None = Field(
        default=None, description="Size of one task, as under size; null is the service's."
    )
    scaling: Scaling | None = Field(
        default=None, description="How many tasks, as under scaling; null is the service's."
    )
    smoke: Smoke | None = Field(
        default=None, description="How the wrapper verifies it, as under smoke; null is the service's."
    )


def name_of(service: str, variant: str) -> str:
    """Return what a variant is called as a service: on AWS, and in every command."""
    return f"{service}-{variant}"
