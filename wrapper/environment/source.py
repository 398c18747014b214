"""Where a service's image and its model come from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, found, is_remote, resolve
from wrapper.environment.existing import ExistingRepository
from wrapper.environment.fields import ImageReference, ModelName, Text


class Image(Block):
    """Build an image from `context`, or take one by `reference`."""

    context: Text = Field(
        default=".",
        description="Folder to build the image from, relative to the clone or anywhere; give it or a reference.",
    )
    dockerfile: Text = Field(default="Dockerfile", description="Dockerfile, relative to the context.")
    target: Text | None = Field(
        default=None, description="Stage of the Dockerfile to build; null is the last one."
    )
    reference: ImageReference | None = Field(
        default=None,
        description="Image that exists already, by digest; instead of context, dockerfile and target.",
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processors that it is built for, and its tasks run on."
    )
    existing: ExistingRepository | None = Field(
        default=None, description="An ECR repository to push to as it is; null makes one."
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
            yield Fault("", "have a context (to build it) or a reference (to take it)", "neither")
        elif self.reference is None and root is not None:
            yield from self._missing(resolve(self.context, root=root))

    def _missing(self, context: Path) -> Iterator[Fault]:
        if not found(context.is_dir):
            yield Fault("context", "be a folder that exists", self.context)
        elif not found((context / self.dockerfile).is_file):
            yield Fault("dockerfile", "be a file that exists in the context", self.dockerfile)


class Model(Block):
    """Serve the published `version`, or train one from `ratings` and derive its version from them."""

    name: ModelName = Field(description="Name of the model; the first part of what /health shows.")
    version: ModelName | None = Field(
        default=None, description="Version to serve; null trains one here and derives its version."
    )
    ratings: Text | None = Field(
        default=None, description="Ratings to train from, a local file or s3://…; null is a generated sample."
    )
    follow: bool = Field(
        default=False,
        description="Whether to serve what models/<name>/current.json names, now and later, "
        "without a deployment; the version is then only the first.",
    )
    source: Text | None = Field(
        default=None,
        description="Trained artifact to publish as version if it is not there yet, a local folder or "
        "s3://….",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.version is not None and self.ratings is not None:
            yield Fault("ratings", "be null beside a version (either trains or is given)", self.ratings)
        if self.version is None and self.source is not None:
            yield Fault("source", "come with the version that it is", self.source)
        if root is not None:
            yield from self._missing(root)

    def _missing(self, root: Path) -> Iterator[Fault]:
        ratings, source = self.ratings, self.source
        if ratings is not None and not (is_remote(ratings) or found(resolve(ratings, root=root).is_file)):
            yield Fault("ratings", "be a file that exists, or s3://…", ratings)
        if source is not None and not (is_remote(source) or found(resolve(source, root=root).is_dir)):
            yield Fault("source", "be a folder that exists, or s3://…", source)
