"""Where a service's image and its model come from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, found, is_remote, resolve
from wrapper.environment.existing import ExistingRepository
from wrapper.environment.fields import ColumnName, Encoding, FolderPath, ImageReference, ModelName, Text


class Image(Block):
    """Build an image from `context`, or use an existing one by `reference`."""

    context: Text = Field(
        default=".",
        description="Folder to build the image from, absolute or relative to the clone; give it or a "
        "reference.",
    )
    dockerfile: Text = Field(default="Dockerfile", description="Dockerfile, relative to the context.")
    target: Text | None = Field(
        default=None, description="Stage of the Dockerfile to build; null is the last one."
    )
    reference: ImageReference | None = Field(
        default=None,
        description="Existing image by digest; instead of context, dockerfile and target.",
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processor architecture of the image and of its tasks."
    )
    existing: ExistingRepository | None = Field(
        default=None, description="An existing ECR repository to push to; null creates one."
    )

    @property
    def built(self) -> bool:
        return self.reference is None

    @property
    def unread(self) -> Sequence[str]:
        return () if self.built else ("context", "dockerfile", "target", "existing")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if idle := [key for key in self.unread if key in self.model_fields_set]:
            yield Fault("reference", f"stand alone, without {', '.join(idle)}", self.reference)
        elif self.reference is None and "context" not in self.model_fields_set:
            yield Fault("", "have a context (to build it) or a reference (to an existing one)", "neither")
        elif self.reference is None and root is not None:
            yield from self._missing(resolve(self.context, root=root))

    def _missing(self, context: Path) -> Iterator[Fault]:
        if not found(context.is_dir):
            yield Fault("context", "be an existing folder", self.context)
        elif not found((context / self.dockerfile).is_file):
            yield Fault("dockerfile", "be an existing file in the context", self.dockerfile)


class Columns(Block):
    """How a file of ratings is read; missing keys are recognised from the file."""

    user: ColumnName | None = Field(
        default=None, description="Column of the user: its name, or its position from 1; null recognises it."
    )
    item: ColumnName | None = Field(default=None, description="Column of the item.")
    rating: ColumnName | None = Field(default=None, description="Column of the rating.")
    timestamp: ColumnName | None = Field(
        default=None, description="Column of the time; a file may have none."
    )
    header: bool | None = Field(
        default=None,
        description="Whether the first line has the columns' names; null recognises it. Without names the "
        "columns are user, item, rating, timestamp, unless their positions are given.",
    )
    encoding: Encoding | None = Field(
        default=None,
        description="Encoding, such as latin-1; null is UTF-8, or UTF-16 by its byte order mark.",
    )


RECOGNISED = Columns()


class Model(Block):
    """Serve the published `version`, or publish `source` or train on `ratings` and compute the version."""

    name: ModelName = Field(description="Name of the model; the first part of the label that /health shows.")
    version: ModelName | None = Field(
        default=None,
        description="Version to serve; null computes it from the source, or from the ratings on which it is "
        "then trained.",
    )
    ratings: Text | None = Field(
        default=None, description="Ratings to train on, a local file or s3://…; null is a generated sample."
    )
    columns: Columns = Field(
        default=RECOGNISED, description="How the ratings are read, also those of a canary."
    )
    follow: bool = Field(
        default=False,
        description="Whether to serve what models/<name>/current.json names, now and later, "
        "without a deployment; the version is then only the first.",
    )
    mount: FolderPath | None = Field(
        default=None,
        description="Folder at which the container finds the model's files, such as /mnt/models: a sidecar "
        "fetches and verifies them before it starts. Null is none: its own code reads MODEL_URI.",
    )
    source: Text | None = Field(
        default=None,
        description="What to publish as `version` if that does not exist yet: any file or folder, or a "
        "trained model under s3://….",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.version is not None and self.ratings is not None:
            yield Fault("ratings", "be null with a version (give one of the two)", self.ratings)
        if self.version is None and self.source is not None and is_remote(self.source):
            yield Fault("source", "be given with its version", self.source)
        if self.ratings is not None and self.source is not None:
            yield Fault("ratings", "be null with a source (give one of the two)", self.ratings)
        if root is not None:
            yield from self._missing(root)

    def _missing(self, root: Path) -> Iterator[Fault]:
        ratings, source = self.ratings, self.source
        if ratings is not None and not (is_remote(ratings) or found(resolve(ratings, root=root).is_file)):
            yield Fault("ratings", "be an existing file, or s3://…", ratings)
        if source is not None and not (is_remote(source) or found(resolve(source, root=root).exists)):
            yield Fault("source", "be an existing file or folder, or s3://…", source)
