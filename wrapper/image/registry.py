"""What ECR knows about images: digests, tags, sizes, and the password for a push."""

import base64
import re
from typing import Any, NamedTuple

from wrapper.aws.client import Aws, explained
from wrapper.environment.release import repository_name
from wrapper.errors import ArtifactError


class Login(NamedTuple):
    """A registry's `host:port` or host, and the password for the user AWS."""

    registry: str
    password: str


class Place(NamedTuple):
    """The account, region and repository of an image in ECR."""

    account_id: str
    region: str
    repository: str


_ECR = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^@:]+)")


def place_of(reference: str) -> Place | None:
    """Return where the image is in ECR; None for one in another registry."""
    match = _ECR.match(reference)
    return Place(*match.groups()) if match else None


def digest_of(aws: Aws, *, repository_url: str, tag: str) -> str | None:
    """Return the digest of a tag; None if the tag or the repository does not exist."""
    absent = (aws.ecr.exceptions.ImageNotFoundException, aws.ecr.exceptions.RepositoryNotFoundException)
    with explained(ArtifactError):
        try:
            found = aws.ecr.describe_images(
                repositoryName=repository_name(repository_url), imageIds=[{"imageTag": tag}]
            )
        except absent:
            return None
    return next((image["imageDigest"] for image in found["imageDetails"] if "imageDigest" in image), None)


def bytes_of(aws: Aws, *, reference: str) -> int | None:
    """Return the compressed size of `<repository>@<digest>` in bytes; None if the registry has none."""
    url, _, digest = reference.partition("@")
    absent = (aws.ecr.exceptions.ImageNotFoundException, aws.ecr.exceptions.RepositoryNotFoundException)
    with explained(ArtifactError):
        try:
            found = aws.ecr.describe_images(
                repositoryName=repository_name(url), imageIds=[{"imageDigest": digest}]
            )
        except absent:
            return None
    return next((image.get("imageSizeInBytes") for image in found["imageDetails"]), None)


def holds(aws: Aws, *, reference: str, registry_id: str | None = None) -> bool:
    """Return whether `<repository>@<digest>` exists; `registry_id` is the id of another account."""
    url, _, digest = reference.partition("@")
    absent = (aws.ecr.exceptions.ImageNotFoundException, aws.ecr.exceptions.RepositoryNotFoundException)
    registry: Any = {"registryId": registry_id} if registry_id else {}
    with explained(ArtifactError):
        try:
            found = aws.ecr.describe_images(
                repositoryName=repository_name(url), imageIds=[{"imageDigest": digest}], **registry
            )
        except absent:
            return False
    # For a missing image the sandbox returns an empty list, ECR an error.
    return bool(found["imageDetails"])


def tags_of(aws: Aws, *, reference: str) -> list[str]:
    """Return the tags of `<repository>@<digest>`. Raises ArtifactError if it does not exist."""
    url, _, digest = reference.partition("@")
    with explained(ArtifactError):
        found = aws.ecr.describe_images(
            repositoryName=repository_name(url), imageIds=[{"imageDigest": digest}]
        )
    return sorted(tag for each in found["imageDetails"] for tag in each.get("imageTags", []))


def login_of(aws: Aws, *, repository_url: str, registry: str | None = None) -> Login:
    """Return a password that is valid for 12 hours; `registry` is that of a sandbox, as `host:port`."""
    with explained(ArtifactError):
        data = aws.ecr.get_authorization_token()["authorizationData"][0]
    password = base64.b64decode(data.get("authorizationToken", "")).decode().partition(":")[2]
    return Login(registry or repository_url.partition("/")[0], password)
