"""Attestations in the state bucket: attestations/<algorithm>-<digest>/<kind>.json, each written once."""

from collections.abc import Callable

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.image.attestation.document import MEDIA_TYPES, Attestation


def save(aws: Aws, *, bucket: str, digest: str, attestations: list[Attestation]) -> None:
    """Write the attestations of a digest; one that exists already is not changed."""
    for each in attestations:
        put_once(aws, bucket, _key(digest, each.kind), each.content)


def find(
    aws: Aws, *, bucket: str, digest: str, tell: Callable[[str], None] | None = None
) -> list[Attestation]:
    """Return the stored attestations of an image; `tell` is called with a message for each damaged one."""
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
    """Copy an image's undamaged attestations to another bucket, and return them."""
    found = find(source, bucket=source_bucket, digest=digest, tell=tell)
    save(target, bucket=target_bucket, digest=digest, attestations=found)
    return found


def _key(digest: str, kind: str) -> str:
    return f"attestations/{digest.replace(':', '-')}/{kind}.json"
