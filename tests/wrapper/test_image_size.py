"""How many bytes a task pulls, from the registry."""

from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore.stub import Stubber

from wrapper import image
from wrapper.aws.client import Aws

DIGEST = "sha256:" + "0" * 64
REFERENCE = f"222222222222.dkr.ecr.eu-west-1.amazonaws.com/movies/web@{DIGEST}"


def registry() -> tuple[Aws, Stubber]:
    client: Any = boto3.client(
        "ecr", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    stubber = Stubber(client)
    stubber.activate()
    return cast(Aws, SimpleNamespace(ecr=client)), stubber


def test_the_size_is_asked_for_by_digest() -> None:
    """The compressed size counts, as in a pull."""
    aws, stubber = registry()
    stubber.add_response(
        "describe_images",
        {"imageDetails": [{"imageDigest": DIGEST, "imageSizeInBytes": 123_456_789}]},
        {"repositoryName": "movies/web", "imageIds": [{"imageDigest": DIGEST}]},
    )
    assert image.bytes_of(aws, reference=REFERENCE) == 123_456_789


def test_an_image_that_is_not_there_has_no_size() -> None:
    """It may be built later; the sandbox answers with an empty list."""
    aws, stubber = registry()
    stubber.add_client_error("describe_images", "ImageNotFoundException")
    stubber.add_client_error("describe_images", "RepositoryNotFoundException")
    stubber.add_response("describe_images", {"imageDetails": []})
    assert [image.bytes_of(aws, reference=REFERENCE) for _ in range(3)] == [None, None, None]
