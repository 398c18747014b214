"""From a Dockerfile to a digest: each content is built and pushed once, and then named by its digest.

A built image needs Docker or Podman. The sandbox pushes a process image instead, which needs neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from wrapper.aws.client import Aws
from wrapper.environment import Environment, resolve
from wrapper.environment import Image as Source
from wrapper.environment.clone import commit_of
from wrapper.environment.release import repository_name
from wrapper.errors import ArtifactError, PreconditionError
from wrapper.image import attestation, process_image
from wrapper.image.container_engine import Engine, find_engine
from wrapper.image.context import content_hash
from wrapper.image.copying import Side, copy_image, repository_at
from wrapper.image.engine import build_command, login_command, push_command, run_engine
from wrapper.image.identity import Identity
from wrapper.image.identity import of_reference as identity_of_reference
from wrapper.image.identity import of_source as identity_of_source
from wrapper.image.oci import ask
from wrapper.image.registry import Login, bytes_of, digest_of, holds, login_of, place_of

__all__ = [
    "Engine",
    "Identity",
    "Image",
    "Side",
    "ask",
    "attestation",
    "bytes_of",
    "content_hash",
    "copy",
    "find_engine",
    "holds",
    "identity_of_reference",
    "identity_of_source",
    "missing_without_engine",
    "place_of",
    "predict",
    "publish",
    "repository_at",
    "require_engine",
]

Progress = Callable[[str], None]

ENGINE_FIX = "start Docker or Podman, or give image.reference (<repository>@sha256:<digest>)"


@dataclass(frozen=True, kw_only=True)
class Image:
    """`reference` is `<repository>@<digest>`; `digest` is `sha256:<hex>`.

    `published` is False for the prediction of an image that is not in the registry yet. A container image
    then has a stand-in for its digest, derived from the content's hash, which is enough to show a plan. A
    process image has the real one, unless it `has_stand_in` because a `RUN python` has to run first.
    """

    reference: str
    digest: str
    kind: Literal["built", "process", "given", "copied"]
    pushed: bool
    published: bool = True
    has_stand_in: bool = False

    @property
    def remark(self) -> str:
        """Where the image comes from, in a few words for the terminal."""
        if self.kind == "given":
            return "given by reference"
        if self.kind == "copied":
            return "copied by digest"
        action = "pushed now" if self.pushed else "unchanged" if self.published else "to be built"
        return f"process image, no container: {action}" if self.kind == "process" else f"container: {action}"


def require_engine(environment: Environment) -> Engine | None:
    """Return the engine that will build the images, None if no image needs one.

    Raises PreconditionError if AWS needs an image and neither Docker nor Podman answers.
    """
    built = sorted([*environment.built_services, *environment.built_jobs, *environment.fetchers])
    if environment.target == "sandbox" or not built:
        return None
    engine = find_engine()
    if engine is None:
        raise PreconditionError(
            f"building the image of {', '.join(built)} needs Docker or Podman, and neither answers.",
            fix=ENGINE_FIX,
        )
    return engine


def publish(
    aws: Aws,
    *,
    repository_url: str,
    image: Source,
    root: Path,
    engine: Engine | None,
    sandbox_registry: str | None,
    progress: Progress,
    work: Path | None = None,
    has_command: bool = False,
) -> Image:
    """Build and push the image, unless the repository already has an image of the same content.

    `work` is the folder for a process image's packages, by default the clone's .wrapper. `has_command` says
    that the task definition has a command, so that the Dockerfile needs none.

    `sandbox_registry` is the emulator's `host:port`; it gets what the engine builds or, without an engine, a
    process image. Raises ArtifactError, or PreconditionError if neither an engine nor a sandbox is given.
    """
    if image.reference:
        return _given(image.reference)
    tag = _tag(_hash(image, root), image.architecture)
    digest = digest_of(aws, repository_url=repository_url, tag=tag)
    is_process = engine is None and sandbox_registry is not None
    if digest:
        progress(f"{tag} is already in {repository_url}")
        return _image(repository_url, digest, process=is_process, pushed=False)
    builder = None if is_process else _require(engine)
    login = login_of(aws, repository_url=repository_url, registry=sandbox_registry)
    if builder:
        there = f"{login.registry}/{repository_name(repository_url)}:{tag}"
        _build_and_push(login, builder, there, image, root, progress)
    else:
        workshop = process_image.Workshop(folder=work or root / ".wrapper", progress=progress)
        _push_process_image(login, f"{repository_url}:{tag}", image, root, workshop, has_command=has_command)
    digest = digest_of(aws, repository_url=repository_url, tag=tag)
    if digest is None:
        raise ArtifactError(f"{repository_url}:{tag} is missing from the registry after the push.")
    return _image(repository_url, digest, process=is_process, pushed=True)


def copy(
    source: Side, target: Side, *, reference: str, repository_url: str | None, progress: Progress
) -> Image:
    """Copy an image by digest into the target's repository; without a `repository_url` it stays where it is.

    Raises ArtifactError.
    """
    if repository_url is None or place_of(reference) is None:
        return _given(reference)
    copied = copy_image(source, target, reference=reference, repository_url=repository_url, progress=progress)
    digest = copied.rpartition("@")[2]
    return Image(reference=copied, digest=digest, kind="copied", pushed=True)


def predict(
    aws: Aws | None,
    *,
    repository_url: str,
    image: Source,
    root: Path,
    process: bool,
    work: Path | None = None,
    has_command: bool = False,
) -> Image:
    """Return what `publish` would return, without building or pushing anything.

    `aws` is None if no sandbox runs; the repository need not exist yet. `process` is for a sandbox whose
    tasks are processes.
    """
    if image.reference:
        return _given(image.reference)
    content = _hash(image, root)
    tag = _tag(content, image.architecture)
    digest = digest_of(aws, repository_url=repository_url, tag=tag) if aws else None
    if digest:
        return _image(repository_url, digest, process=process, pushed=False)
    known = None
    if process:
        workshop = process_image.Workshop(folder=work or root / ".wrapper")
        known = process_image.predict(*_place(image, root), workshop=workshop, has_command=has_command)
    future = known.digest if known else f"sha256:{content}"
    predicted = _image(repository_url, future, process=process, pushed=False)
    return replace(predicted, published=False, has_stand_in=known is None)


def _hash(image: Source, root: Path) -> str:
    return content_hash(resolve(image.context, root=root), image.dockerfile, image.target)


def _tag(content: str, architecture: str) -> str:
    """Return the tag of an image by its content; another architecture than the default is part of it."""
    return f"src-{content[:16]}" if architecture == "x86_64" else f"src-{content[:16]}-{architecture}"


def _given(reference: str) -> Image:
    digest = reference.rpartition("@")[2]
    return Image(reference=reference, digest=digest, kind="given", pushed=False)


def _image(repository_url: str, digest: str, *, process: bool, pushed: bool) -> Image:
    kind: Literal["built", "process"] = "process" if process else "built"
    return Image(reference=f"{repository_url}@{digest}", digest=digest, kind=kind, pushed=pushed)


def _build_and_push(
    login: Login,
    engine: Engine,
    reference: str,
    image: Source,
    root: Path,
    progress: Progress,
) -> None:
    _build(engine, reference, image, root, progress)
    sign_in = login_command(engine, registry=login.registry)
    run_engine(sign_in, doing="signing in to the registry", progress=progress, text_in=login.password)
    run_engine(push_command(engine, reference=reference), doing="pushing the image", progress=progress)


def _build(engine: Engine, reference: str, image: Source, root: Path, progress: Progress) -> None:
    build = build_command(
        engine,
        context=resolve(image.context, root=root),
        dockerfile=image.dockerfile,
        target=image.target,
        reference=reference,
        labels=_labels(root, resolve(image.context, root=root)),
        architecture=image.architecture,
    )
    run_engine(build, doing="building the image", progress=progress)


def _push_process_image(
    login: Login,
    reference: str,
    image: Source,
    root: Path,
    workshop: process_image.Workshop,
    *,
    has_command: bool,
) -> None:
    workshop.progress("packing a process image, which needs no container engine")
    repository, _, tag = repository_name(reference).rpartition(":")
    built = process_image.build(*_place(image, root), workshop=workshop, has_command=has_command)
    process_image.push(built, login=login, repository=repository, tag=tag)


def missing_without_engine(image: Source, *, root: Path, has_command: bool) -> tuple[str, ...]:
    """Return the instructions that a process image would leave out, each with its line of the Dockerfile."""
    return process_image.skipped(*_place(image, root), has_command=has_command) if image.built else ()


def _place(image: Source, root: Path) -> tuple[Path, str, str | None]:
    return resolve(image.context, root=root), image.dockerfile, image.target


def _labels(root: Path, context: Path) -> dict[str, str]:
    """Return the OCI labels for the time and the commit of the build (https://specs.opencontainers.org)."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    names = {"created": now, "revision": commit_of(context, root=root)}
    return {f"org.opencontainers.image.{name}": value for name, value in names.items() if value}


def _require(engine: Engine | None) -> Engine:
    if engine is None:
        raise PreconditionError(
            "building an image needs Docker or Podman, and neither answers.", fix=ENGINE_FIX
        )
    return engine
