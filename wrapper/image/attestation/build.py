"""What the wrapper knows about the build of an image, and the attestations about it."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wrapper.environment import Image as Source
from wrapper.environment import resolve
from wrapper.environment.clone import commit
from wrapper.image import dockerfile
from wrapper.image.attestation.bill import Package, bill, packages
from wrapper.image.attestation.document import PROVENANCE, SBOM, Attestation
from wrapper.image.context import content_hash

# The build type, which defines the parameters below, see docs/image.md. It is a name and no address.
_TYPE = "urn:fargate-recommender:image-build:1"
_HERE = "urn:fargate-recommender:by-hand"


@dataclass(frozen=True, kw_only=True)
class Build:
    """The build of one image that was pushed. `builder` is the program with its version: `podman 5.4.2`."""

    source: Source
    root: Path
    repository_url: str
    digest: str
    builder: str
    started: datetime
    finished: datetime

    @property
    def context(self) -> Path:
        return resolve(self.source.context, root=self.root)

    @property
    def origin(self) -> dockerfile.Origin:
        text = (self.context / self.source.dockerfile).read_text("utf-8")
        return dockerfile.read_origin(text, name=self.source.dockerfile, target=self.source.target)


def attest(build: Build, *, environ: Mapping[str, str] = os.environ) -> list[Attestation]:
    """Return the bill of materials, from the lock files that the image copies, and the provenance.

    Raises ArtifactError or OSError if its Dockerfile can't be read.
    """
    origin = build.origin
    locks = {name: found for name in origin.copied if (found := packages(build.context / name, build.source))}
    everything = [package for found in locks.values() for package in found]
    return [
        Attestation(
            kind=SBOM,
            content=bill(everything, origin.bases, repository_url=build.repository_url, digest=build.digest),
        ),
        Attestation(kind=PROVENANCE, content=_provenance(build, origin.bases, locks, environ)),
    ]


def _provenance(
    build: Build,
    bases: Sequence[str],
    locks: Mapping[str, Sequence[Package]],
    environ: Mapping[str, str],
) -> bytes:
    """Return an in-toto statement with SLSA's predicate, https://slsa.dev/spec/v1.0/provenance."""
    source = build.source
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": build.repository_url, "digest": _digest_set(build.digest)}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": _TYPE,
                "externalParameters": {
                    "context": source.context,
                    "dockerfile": source.dockerfile,
                    "target": source.target,
                    "architecture": source.architecture,
                },
                "internalParameters": {"builder": build.builder},
                "resolvedDependencies": [*_sources(build), *map(_base, bases), *_files(build, locks)],
            },
            "runDetails": {
                "builder": {"id": _builder(environ)},
                "metadata": {
                    **_invocation(environ),
                    "startedOn": _time(build.started),
                    "finishedOn": _time(build.finished),
                },
            },
        },
    }
    return json.dumps(statement, indent=2).encode()


def _sources(build: Build) -> list[dict[str, Any]]:
    content = content_hash(build.context, build.source.dockerfile, build.source.target)
    found: list[dict[str, Any]] = [{"name": "context", "digest": {"sha256": content}}]
    if made_from := commit(build.root):
        revision = made_from.removesuffix("-dirty")
        dirty = {"annotations": {"dirty": True}} if revision != made_from else {}
        found.append({"name": "commit", "digest": {"gitCommit": revision}, **dirty})
    return found


def _base(name: str) -> dict[str, Any]:
    tagged, _, digest = name.partition("@")
    return {
        "name": "base",
        "uri": f"docker://{tagged}",
        **({"digest": _digest_set(digest)} if digest else {}),
    }


def _files(build: Build, locks: Mapping[str, Sequence[Package]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "digest": {"sha256": hashlib.sha256((build.context / name).read_bytes()).hexdigest()}}
        for name in locks
    ]


def _digest_set(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value}


def _builder(environ: Mapping[str, str]) -> str:
    """Return the URL of the GitHub workflow, from GitHub's variables, or the name of a build by hand."""
    workflow = environ.get("GITHUB_WORKFLOW_REF")
    return f"{environ['GITHUB_SERVER_URL']}/{workflow}" if workflow else _HERE


def _invocation(environ: Mapping[str, str]) -> dict[str, str]:
    if "GITHUB_RUN_ID" not in environ:
        return {}
    repository = f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}"
    run = f"{environ['GITHUB_RUN_ID']}/attempts/{environ.get('GITHUB_RUN_ATTEMPT', '1')}"
    return {"invocationId": f"{repository}/actions/runs/{run}"}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
