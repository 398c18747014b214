"""The repository whose workflows deploy the environment."""

from pydantic import Field

from wrapper.environment.block import Block
from wrapper.environment.fields import Positive, Text


class GitHub(Block):
    """Settings of the roles that `python -m wrapper github ENV` creates."""

    repository: Text = Field(description="Repository whose workflows plan and apply, as owner/name.")
    owner_id: Positive | None = Field(
        default=None,
        description="Id of the repository's owner, which GitHub's newer tokens contain beside its name.",
    )
    repository_id: Positive | None = Field(
        default=None,
        description="Id of the repository; `gh api repos/owner/name --jq '.owner.id, .id'` prints both.",
    )
    branch: Text = Field(default="main", description="Branch whose workflows may plan, publish and apply.")
    environment: Text | None = Field(
        default=None,
        description="GitHub environment whose jobs may apply; null is this environment's name.",
    )
    reviewers: bool = Field(
        default=True,
        description="Whether it has reviewers; GitHub's small plans have none for private repositories.",
    )
