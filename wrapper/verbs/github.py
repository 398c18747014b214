"""The roles that GitHub's workflows assume: a stack of its own, applied by somebody who may make roles."""

import json
from dataclasses import asdict, dataclass

from wrapper.delivery import tfvars
from wrapper.delivery.plans import apply_stack
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import GITHUB, Command, ensure_state_bucket, enter
from wrapper.errors import PreconditionError


@dataclass(frozen=True, kw_only=True)
class Roles:
    """ARNs of the roles that a workflow assumes; `repository` is GitHub's, as owner/name."""

    environment: str
    region: str
    repository: str
    plan: str
    publish: str
    apply: str

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("Repository", self.repository),
            ("Plan role", self.plan),
            ("Publish role", self.publish),
            ("Apply role", self.apply),
            ("DEPLOYMENTS", json.dumps([self.deployment()])),
        ]

    def deployment(self) -> dict[str, str]:
        """Return what the workflows want to know, an item of the repository's variable DEPLOYMENTS."""
        return {name: value for name, value in asdict(self).items() if name != "repository"}


def apply(command: Command) -> Roles:
    """Make or change the roles; raise PreconditionError if the environment file names no repository."""
    github = command.environment.github
    if github is None:
        raise PreconditionError(
            f"github must name the repository whose workflows deploy {command.environment.name}, got null.",
            fix="set it in the environment file, as in github: {repository: owner/name}",
        )
    refuse_what_aws_would(command)
    site = enter(command)
    ensure_state_bucket(site)
    apply_stack(site, GITHUB, tfvars.render_github(command.environment, github))
    return Roles(
        environment=command.environment.name,
        region=command.environment.region,
        repository=github.repository,
        **site.require_github().roles,
    )
