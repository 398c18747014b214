"""Whose workflows deploy the environment."""

from typing import Annotated

from pydantic import Field

from wrapper.environment.block import Block, must_match

Repository = Annotated[
    str, must_match("be a GitHub repository as owner/name", r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
]
Plain = Annotated[str, must_match("be one name, without a pattern", r"[A-Za-z0-9._/-]+")]
ProviderArn = Annotated[
    str,
    must_match(
        "be the ARN of GitHub's OIDC provider",
        r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com",
    ),
]


class GitHub(Block):
    """The roles of `python -m wrapper github ENV`."""

    repository: Repository = Field(description="Repository whose workflows plan and apply, as owner/name.")
    branch: Plain = Field(default="main", description="Branch whose workflows may plan.")
    environment: Plain | None = Field(
        default=None,
        description="GitHub environment whose jobs may apply; null is the one of this file's name.",
    )
    provider_arn: ProviderArn | None = Field(
        default=None, description="GitHub's OIDC provider if the account has one; null makes it."
    )
