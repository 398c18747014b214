"""The roles that GitHub's workflows assume: a stack that a person with permission to create roles applies."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from wrapper.aws.client import Aws, explained
from wrapper.delivery import tfvars
from wrapper.delivery.plans import apply_stack
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import FOUNDATION, GITHUB, Command, ensure_state_bucket, enter
from wrapper.environment import Environment, GitHub
from wrapper.errors import PreconditionError
from wrapper.verbs import account


@dataclass(frozen=True, kw_only=True)
class Roles:
    """ARNs of the roles that a workflow assumes; `repository` is GitHub's, as owner/name.

    Only jobs of `github_environment` get the apply role. Its reviewers must approve an apply, unless
    `reviewers` says that nobody has to.
    """

    environment: str
    github_environment: str
    reviewers: bool
    region: str
    repository: str
    plan: str
    publish: str
    apply: str

    @classmethod
    def of(cls, environment: str, region: str, github: GitHub, roles: Mapping[str, str]) -> "Roles":
        """Combine the environment file with the roles' ARNs, by what the roles may do."""
        return cls(
            environment=environment,
            github_environment=github.environment or environment,
            reviewers=github.reviewers,
            region=region,
            repository=github.repository,
            **roles,
        )

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("Repository", self.repository),
            ("Plan role", self.plan),
            ("Publish role", self.publish),
            ("Apply role", self.apply),
            ("DEPLOYMENTS", json.dumps([self.deployment()])),
        ]

    def deployment(self) -> dict[str, str | bool]:
        """Return what the workflows need to know, an item of the repository's variable DEPLOYMENTS."""
        return {name: value for name, value in asdict(self).items() if name != "repository"}


def apply(command: Command) -> Roles:
    """Create or change the roles; raise PreconditionError if the environment file names no repository."""
    github = command.environment.github
    if command.environment.is_preview:
        raise PreconditionError(
            f"{command.environment.name} is a preview: the role of previews is created by hand.",
            fix="see docs/previews.md, under pull requests",
        )
    if github is None:
        raise PreconditionError(
            f"github must name the repository whose workflows deploy {command.environment.name}, got null.",
            fix="set it in the environment file, as in github: {repository: owner/name}",
        )
    refuse_what_aws_would(command)
    site = enter(command)
    refuse_names_alike(site.aws, command.environment)
    account.apply_at(site)
    ensure_state_bucket(site)
    if site.foundation() is None:
        # The publish role creates no bucket.
        apply_stack(site, FOUNDATION, tfvars.render_foundation(command.environment))
    apply_stack(site, GITHUB, tfvars.render_github(command.environment, github))
    environment = command.environment
    return Roles.of(environment.name, environment.region, github, site.require_github().roles)


def refuse_names_alike(aws: Aws, environment: Environment) -> None:
    """Raise PreconditionError if another environment's name begins like this one's, or the reverse.

    The roles' permissions go by the beginning of a name, because AWS shows no tags of some resources.
    """
    with explained():
        buckets = [str(each.get("Name")) for each in aws.s3.list_buckets()["Buckets"]]
    ending = environment.state_bucket.removeprefix(environment.prefix)
    others = {name.removesuffix(ending) for name in buckets if name.endswith(ending)} - {environment.prefix}
    alike = sorted(
        other
        for other in others
        if other.startswith(f"{environment.prefix}-") or environment.prefix.startswith(f"{other}-")
    )
    if alike:
        raise PreconditionError(
            f"project and name must not begin like another environment's in the account for it to have roles "
            f"of its own, got {environment.prefix} beside {', '.join(alike)}.",
            fix="give one of them another project, destroy it, or deploy them from two accounts",
        )
