"""Build an image without a container engine: an OCI image with the files that a Dockerfile copies.

The same sources give the same digest on every machine, unless the Dockerfile has a `RUN python ...`. The
image contains no programs and no packages: a label names the environment with the packages.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from wrapper.errors import ArtifactError
from wrapper.image import dockerfile as dockerfiles
from wrapper.image.dockerfile import Content, Stage
from wrapper.image.packages import Environments, Maker, NotMade, content_of, is_held_by_clone, key_of
from wrapper.image.process_format import CONFIG, KIND, LAYER, MANIFEST, PACKAGES, PLACES, VERSION
from wrapper.image.registry import Login

_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class ProcessImage:
    """The image's three parts as bytes; `digest` is the manifest's, as `sha256:<hex>`.

    `skipped` has a text for each instruction of the Dockerfile that it leaves out, with the line.
    """

    manifest: bytes
    config: bytes
    layer: bytes
    skipped: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return _digest(self.manifest)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The folder in a clone's .wrapper for environments and for results of `RUN python ...`, by content."""

    folder: Path
    progress: Callable[[str], None] = lambda _: None

    @property
    def environments(self) -> Environments:
        return Environments(self.folder / "packages", progress=self.progress)

    def maker(self, context: Path) -> Maker:
        return Maker(context, self.folder / "made", self.environments, progress=self.progress)


def build(
    context: Path,
    dockerfile: str,
    target: str | None,
    *,
    workshop: Workshop | None = None,
    has_command: bool = False,
) -> ProcessImage:
    """Build the image of the target stage; `dockerfile` is relative to the context. Raises ArtifactError.

    A workshop creates its environment and runs each `RUN python ...`; without one, the task uses the clone's
    packages. With `has_command` the task definition has a command, so that the Dockerfile needs none.
    """
    make = workshop.maker(context).make if workshop else None
    stage = _read(context, dockerfile, target, make=make, has_command=has_command)
    labels = {}
    if workshop and not is_held_by_clone(stage.packages, context):
        labels[PACKAGES], _ = workshop.environments.ensure(stage.packages, context)
    return _packed(context, stage, labels)


def predict(
    context: Path, dockerfile: str, target: str | None, *, workshop: Workshop, has_command: bool = False
) -> ProcessImage | None:
    """Return what `build` would, without running anything; None if a `RUN python ...` has to run first."""
    try:
        make = workshop.maker(context).find
        stage = _read(context, dockerfile, target, make=make, has_command=has_command)
    except NotMade:
        return None
    is_held = is_held_by_clone(stage.packages, context)
    return _packed(context, stage, {} if is_held else {PACKAGES: key_of(stage.packages, context)})


def skipped(context: Path, dockerfile: str, target: str | None, *, has_command: bool) -> tuple[str, ...]:
    """Return a text for each instruction that a process image would leave out, or why it can't be built."""
    try:
        return _read(context, dockerfile, target, make=None, has_command=has_command).skipped
    except ArtifactError as error:
        return (error.message,)


def _read(
    context: Path, dockerfile: str, target: str | None, *, make: dockerfiles.Make, has_command: bool
) -> Stage:
    from wrapper.image.context import context_files  # it imports this module too

    files = context_files(context, dockerfile)
    text = (context / dockerfile).read_text(encoding="utf-8")
    linked = (file for file in files if (context / file).is_symlink())
    links: dict[Content, PurePosixPath] = {
        file: PurePosixPath((context / file).readlink()) for file in linked
    }
    return dockerfiles.read(
        text, name=dockerfile, target=target, context=files, links=links, make=make, has_command=has_command
    )


def _packed(context: Path, stage: Stage, labels: Mapping[str, str]) -> ProcessImage:
    if labels and stage.environments:
        labels = {**labels, PLACES: " ".join(sorted(map(str, stage.environments)))}
    layer = _layer(context, stage)
    config = _json(_config(stage, layer, labels))
    return ProcessImage(
        manifest=_json(_manifest(config, layer)), config=config, layer=layer, skipped=stage.skipped
    )


def push(image: ProcessImage, *, login: Login, repository: str, tag: str) -> bool:
    """Push to a sandbox's registry unless it has the image under the tag; return whether it was pushed.

    Raises ArtifactError with the registry's message if it refuses.
    """
    with httpx.Client(
        base_url=f"http://{login.registry}/v2/{repository}/",
        auth=("AWS", login.password),
        timeout=_SECONDS,
        trust_env=False,
    ) as client:
        try:
            held = client.head(f"manifests/{tag}", headers={"Accept": MANIFEST})
            if held.headers.get("docker-content-digest") == image.digest:
                return False
            for blob in (image.config, image.layer):
                _push_blob(client, blob)
            headers = {"Content-Type": MANIFEST}
            _checked(client.put(f"manifests/{tag}", content=image.manifest, headers=headers))
        except httpx.TransportError as error:
            raise ArtifactError(f"the registry at {login.registry} does not answer: {error}") from None
    return True


def _push_blob(client: httpx.Client, blob: bytes) -> None:
    digest = _digest(blob)
    if client.head(f"blobs/{digest}").is_success:
        return
    session = _checked(client.post("blobs/uploads/"))
    place = session.url.join(session.headers["location"]).copy_merge_params({"digest": digest})
    _checked(client.put(place, content=blob))


def _checked(reply: httpx.Response) -> httpx.Response:
    if not reply.is_success:
        raise ArtifactError(
            f"the registry refused {reply.request.url.path} with {reply.status_code}: {reply.text}"
        )
    return reply


def _layer(context: Path, stage: Stage) -> bytes:
    """Return a tar whose bytes depend only on the files' paths, contents, links and x bits."""
    files, executable = stage.files, stage.executable
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in sorted(stage.folders, key=str):
            member = tarfile.TarInfo(str(folder).lstrip("/"))
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member)
        for path in sorted(files, key=str):
            found = files[path]
            source = None if isinstance(found, bytes) else context / found
            member, content = tarfile.TarInfo(str(path).lstrip("/")), b""
            if source and source.is_symlink():
                member.type, member.linkname, member.mode = tarfile.SYMTYPE, str(source.readlink()), 0o777
            else:
                content = content_of(found, context)
                member.size = len(content)
                is_executable = path in executable or (source and source.stat().st_mode & 0o100)
                member.mode = 0o755 if is_executable else 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _config(stage: Stage, layer: bytes, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": list(stage.entrypoint),
            "Cmd": list(stage.command),
            "Env": [f"{name}={value}" for name, value in stage.environment.items()],
            "Labels": {**stage.labels, **labels, KIND: VERSION},
            "StopSignal": stage.stop_signal,
            "WorkingDir": str(stage.working_folder),
        },
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }


def _manifest(config: bytes, layer: bytes) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, config),
        "layers": [_descriptor(LAYER, layer)],
    }


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
