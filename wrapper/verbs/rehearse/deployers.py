"""The roles that a delivery has on AWS, made for their policies alone: a sandbox asks nobody for them."""

from collections.abc import Mapping
from dataclasses import replace

from wrapper.aws.client import Caller
from wrapper.delivery import tfvars
from wrapper.delivery.site import GITHUB, Command, require
from wrapper.sandbox.recording import ASIDE, Role, roles_of
from wrapper.verbs.rehearse.stand_ins import SOMEBODY


def role_of(command: Command, kind: str, *, step: str) -> Command:
    """Return the command as that role for GitHub's workflows makes it which plans, publishes or applies."""
    role = f"{command.environment.prefix}-github-{kind}"
    return replace(command, caller=Caller(role, step))


def aside(command: Command) -> Command:
    """Return the command as a person with permissions of their own makes it."""
    return replace(command, caller=Caller("administrator", ASIDE))


def all_roles(command: Command) -> Mapping[str, Role]:
    """Return the environment's roles and those of its delivery, which are gone again afterwards.

    On AWS, too, a person makes and destroys the latter: no step of a delivery may.
    """
    site = require(aside(command))
    rendered = tfvars.render_github(command.environment, command.environment.github or SOMEBODY)
    with command.console.step("Make the workflows' roles, and take them away again") as step:
        site.terraform.init(GITHUB, tfvars=rendered, backend=site.backend(GITHUB))
        site.terraform.apply(site.terraform.plan(GITHUB, progress=step.progress), progress=step.progress)
        roles = roles_of(site.aws, prefix=command.environment.prefix)
        planned = site.terraform.plan(GITHUB, destroy=True, progress=step.progress)
        site.terraform.apply(planned, progress=step.progress)
        step.result(f"{len(roles)} roles")
    return roles
