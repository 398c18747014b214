"""Whose workflows deploy the environment."""

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Text


class GitHub(Block):
    """The roles of `python -m wrapper github ENV`."""

    repository: Text = Field(description="Repository whose workflows plan and apply, as owner/name.")
    branch: Text = Field(default="main", description="Branch whose workflows may plan.")
    environment: Text | None = Field(
        default=None,
        description="GitHub environment whose jobs may apply; null is the one of this file's name.",
    )
    provider_arn: Text | None = Field(
        default=None, description="GitHub's OIDC provider if the account has one; null makes it."
    )
