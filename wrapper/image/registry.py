"""The image repository as AWS tells it: which digest a tag has, and the password to push with."""

import base64
from typing import NamedTuple

from wrapper.aws import Aws, explained
from wrapper.errors import ArtifactError


class Login(NamedTuple):
    registry: str
    password: str


def digest_of(aws: Aws, *, repository_url: str, tag: str) -> str | None:
    """Return the digest that the registry holds under a tag, None without such a tag or repository."""
    absent = (aws.ecr.exceptions.ImageNotFoundException, aws.ecr.exceptions.RepositoryNotFoundException)
    with explained(ArtifactError):
        try:
            found = aws.ecr.describe_images(
                repositoryName=repository_name(repository_url), imageIds=[{"imageTag": tag}]
            )
        except absent:
            return None
    return next((image["imageDigest"] for image in found["imageDetails"] if "imageDigest" in image), None)


def holds(aws: Aws, *, reference: str) -> bool:
    """Say whether the registry holds `<repository>@<digest>`."""
    url, _, digest = reference.partition("@")
    absent = (aws.ecr.exceptions.ImageNotFoundException, aws.ecr.exceptions.RepositoryNotFoundException)
    with explained(ArtifactError):
        try:
            aws.ecr.describe_images(repositoryName=repository_name(url), imageIds=[{"imageDigest": digest}])
        except absent:
            return False
    return True


def login_of(aws: Aws, *, repository_url: str) -> Login:
    """Return a password that is good for 12 hours."""
    with explained(ArtifactError):
        data = aws.ecr.get_authorization_token()["authorizationData"][0]
    password = base64.b64decode(data.get("authorizationToken", "")).decode().partition(":")[2]
    return Login(repository_url.partition("/")[0], password)


def repository_name(repository_url: str) -> str:
    return repository_url.partition("/")[2]
