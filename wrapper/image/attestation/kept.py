"""Attestations in the state bucket: attestations/<algorithm>-<digest>/<kind>.json, each written once."""

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.image.attestation.document import MEDIA_TYPES, Attestation


def keep(aws: Aws, *, bucket: str, digest: str, attestations: list[Attestation]) -> None:
    """Write what is not there; what was said first of a digest stays."""
    for each in attestations:
        put_once(aws, bucket, _key(digest, each.kind), each.content)


def find(aws: Aws, *, bucket: str, digest: str) -> list[Attestation]:
    """Return what is kept of an image, which may be nothing."""
    found = []
    with explained():
        for kind in MEDIA_TYPES:
            try:
                content = aws.s3.get_object(Bucket=bucket, Key=_key(digest, kind))["Body"].read()
            except aws.s3.exceptions.NoSuchKey:
                continue
            found.append(Attestation(kind=kind, content=content))
    return found


def copy(
    source: Aws, target: Aws, *, source_bucket: str, target_bucket: str, digest: str
) -> list[Attestation]:
    """Keep elsewhere what is kept here; return it."""
    found = find(source, bucket=source_bucket, digest=digest)
    keep(target, bucket=target_bucket, digest=digest, attestations=found)
    return found


def _key(digest: str, kind: str) -> str:
    return f"attestations/{digest.replace(':', '-')}/{kind}.json"
