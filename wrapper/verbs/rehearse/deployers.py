"""The roles of a delivery on AWS, created only for their policies: a sandbox enforces none."""

from collections.abc import Mapping
from dataclasses import replace

from wrapper.aws.client import Caller
from wrapper.delivery import tfvars
from wrapper.delivery.site import GITHUB, Command, require
from wrapper.sandbox.recording import ASIDE, Role, roles_of
from wrapper.verbs.rehearse.stand_ins import SOMEBODY


def role_of(command: Command, kind: str, *, step: str) -> Command:
    """Return the command with the role of GitHub's workflows that plans, publishes or applies."""
    role = f"{command.environment.prefix}-github-{kind}"
    return replace(command, caller=Caller(role, step))


def aside(command: Command) -> Command:
    """Return the command with a person's own permissions."""
    return replace(command, caller=Caller("administrator", ASIDE))


def all_roles(command: Command) -> Mapping[str, Role]:
    """Create the environment's roles and those of its delivery, and delete them afterwards.

    On AWS a person creates and destroys the latter, too: no step of a delivery may.
    """
    site = require(aside(command))
    rendered = tfvars.render_github(command.environment, command.environment.github or SOMEBODY)
    with command.console.step("Create the workflows' roles, and delete them again") as step:
        site.terraform.init(GITHUB, tfvars=rendered, backend=site.backend(GITHUB))
        site.terraform.apply(site.terraform.plan(GITHUB, progress=step.progress), progress=step.progress)
        roles = roles_of(site.aws, prefix=command.environment.prefix)
        planned = site.terraform.plan(GITHUB, destroy=True, progress=step.progress)
        site.terraform.apply(planned, progress=step.progress)
        step.result(f"{len(roles)} roles")
    return roles
