"""Attach attestations to their image in its registry, as referrers of OCI's distribution specification 1.1.

A registry without the referrers API gets an index under the fallback tag of the specification.
"""

import hashlib
import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from wrapper.image.attestation.document import Attestation
from wrapper.image.oci import Manifest, Repository

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"


def attach(repository: Repository, digest: str, attestations: Sequence[Attestation]) -> None:
    """Push the documents as referrers of the image. Raises ArtifactError if the registry refuses them."""
    image = repository.manifest(digest)
    subject = _descriptor(image.media_type, image.content)
    _push_blob(repository, _EMPTY)
    descriptors, linked = [], True
    for each in attestations:
        _push_blob(repository, each.content)
        manifest = _manifest(each, subject)
        linked &= repository.put_manifest(manifest, manifest.digest)
        descriptors.append({**_descriptor(_MANIFEST, manifest.content), "artifactType": each.media_type})
    if not linked:
        _tag(repository, digest, descriptors)


def _tag(repository: Repository, digest: str, descriptors: list[dict[str, Any]]) -> None:
    """Write the index, once: a repository with immutable tags accepts no second one."""
    tag = digest.replace(":", "-")
    if repository.has_manifest(tag):
        return
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": descriptors}
    repository.put_manifest(Manifest(content=_json(index), media_type=_INDEX), tag)


def _manifest(attestation: Attestation, subject: dict[str, Any]) -> Manifest:
    document = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": attestation.media_type,
        "config": _descriptor(_EMPTY_TYPE, _EMPTY),
        "layers": [_descriptor(attestation.media_type, attestation.content)],
        "subject": subject,
    }
    return Manifest(content=_json(document), media_type=_MANIFEST)


def _push_blob(repository: Repository, content: bytes) -> None:
    digest = _digest(content)
    if not repository.has_blob(digest):
        repository.write_blob(digest, BytesIO(content))


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
