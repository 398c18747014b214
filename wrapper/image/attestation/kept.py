"""Attestations in the state bucket: attestations/<algorithm>-<digest>/<kind>.json, each written once."""

from collections.abc import Callable

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.image.attestation.document import MEDIA_TYPES, Attestation


def keep(aws: Aws, *, bucket: str, digest: str, attestations: list[Attestation]) -> None:
    """Write what is not there; what was said first of a digest stays."""
    for each in attestations:
        put_once(aws, bucket, _key(digest, each.kind), each.content)


def find(
    aws: Aws, *, bucket: str, digest: str, tell: Callable[[str], None] | None = None
) -> list[Attestation]:
    """Return what is kept of an image, which may be nothing; `tell` names what is damaged and left out."""
    found = []
    with explained():
        for kind in MEDIA_TYPES:
            try:
                content = aws.s3.get_object(Bucket=bucket, Key=_key(digest, kind))["Body"].read()
            except aws.s3.exceptions.NoSuchKey:
                continue
            each = Attestation(kind=kind, content=content)
            if each.is_whole:
                found.append(each)
            elif tell:
                tell(
                    f"s3://{bucket}/{_key(digest, kind)} must be of {each.media_type}, got {len(content)} "
                    "bytes of something else: it is left out."
                )
    return found


def copy(
    source: Aws,
    target: Aws,
    *,
    source_bucket: str,
    target_bucket: str,
    digest: str,
    tell: Callable[[str], None] | None = None,
) -> list[Attestation]:
    """Keep elsewhere what is kept here and whole; return it."""
    found = find(source, bucket=source_bucket, digest=digest, tell=tell)
    keep(target, bucket=target_bucket, digest=digest, attestations=found)
    return found


def _key(digest: str, kind: str) -> str:
    return f"attestations/{digest.replace(':', '-')}/{kind}.json"
