"""The steps of destroy: scale to zero, destroy both stacks by saved plans, sweep, count what is left.

It goes by the states and by what there is. Nothing that the environment file says, or a rule of the stacks,
can stop it. What only has a name of ours is neither touched nor counted: see `inventory.foreign_resources`.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from wrapper import inventory, sandbox
from wrapper.aws.client import explained
from wrapper.console import plural
from wrapper.delivery import tfvars
from wrapper.delivery.account import ACCOUNT_WIDE, withdraw
from wrapper.delivery.site import APP, FOUNDATION, GITHUB, Command, Site, find
from wrapper.errors import Aborted, LeftoverError, PreconditionError
from wrapper.inventory import Resource, cleanup
from wrapper.inventory.backoff import retry_until
from wrapper.review import DestroyBound, bound_of_types
from wrapper.terraform import state

# How long leftovers are requested again: as long as Terraform's provider waits until a bucket is gone. AWS
# documents no bound for late lists; an emulator is never late.
_PATIENCE_SECONDS = {"aws": 120.0, "sandbox": 5.0}


@dataclass(frozen=True, kw_only=True)
class Destroyed:
    """What existed before, what is left, what was kept; the time it took, and its bound.

    `spared` are resources that have a name of the environment but were not created by its apply.
    """

    environment: str
    before: Sequence[Resource]
    left: Sequence[Resource]
    kept: Sequence[Resource] = ()
    spared: Sequence[Resource] = ()
    seconds: float = 0
    bound: DestroyBound | None = None

    def text(self) -> str:
        if self.left:
            return f"{self.environment}: {len(self.left)} of {len(self.before)} resources are still there."
        if not self.before:
            return f"{self.environment}: there was nothing to destroy.{self._not_ours}"
        kept = f", {len(self.kept)} kept as asked" if self.kept else ""
        counted = plural(len(self.before), "resource")
        good = f"{self.environment}: nothing is left of {counted} with its name{kept}."
        return f"{good}{self._took}{self._not_ours}"

    @property
    def _not_ours(self) -> str:
        named = ", ".join(each.label for each in self.spared)
        return f"\nNot touched, because no apply of {self.environment} created it: {named}." if named else ""

    @property
    def _took(self) -> str:
        return f" It took {self.seconds:.0f} s; the bound was {self.bound.seconds} s." if self.bound else ""

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": not self.left,
            "before": [asdict(resource) for resource in self.before],
            "left": [asdict(resource) for resource in self.left],
            "kept": [asdict(resource) for resource in self.kept],
            "spared": [asdict(resource) for resource in self.spared],
            "seconds": round(self.seconds, 1),
            "bound_seconds": self.bound.seconds if self.bound else None,
        }

    def raise_unless_good(self) -> None:
        """Raise LeftoverError naming each resource."""
        if self.left:
            named = [resource.label for resource in self.left]
            raise LeftoverError("\n  ".join([f"{len(named)} resources are left", *named]))


def destroy(command: Command, *, keep_data: bool = False, force: bool = False) -> Destroyed:
    """Destroy the environment and count what is left, see `Destroyed.left`.

    `keep_data` keeps images and models; `force` is required if the environment is not disposable.
    """
    _refuse_protected(command, keep_data=keep_data, force=force)
    site = find(command)
    if site is None:
        return Destroyed(environment=command.environment.name, before=(), left=())
    foreign = _foreign(site)
    spared = command.environment.existing_arns | {each.arn for each in foreign}
    before = _inventory(site, "Count what is there", spared)
    bound = _bound(command, before, keep_data=keep_data)
    told = _counted(site, before)
    question = f"Destroy {command.environment.name}, {told}? It takes at most {bound.seconds} s."
    if before and not command.console.confirm(question):
        raise Aborted("nothing was destroyed")
    started = time.monotonic()
    if before:
        with site.lock("destroy") if site.has_state() else nullcontext():
            _destroy(site, keep_data=keep_data, spared=spared)
    left, kept = _count_what_is_left(site, keep_data=keep_data, spared=spared)
    if not left:
        site.terraform.forget_values()
    # The emulator's memory also holds what existed before, which its owner still needs.
    if not (left or kept or spared) and site.sandbox:
        _stop_sandbox(command)
    return Destroyed(
        environment=command.environment.name,
        before=before,
        left=left,
        kept=kept,
        spared=foreign,
        seconds=time.monotonic() - started,
        bound=bound,
    )


def _foreign(site: Site) -> list[Resource]:
    with explained():
        scope = inventory.scope_in(site.aws, site.command.environment)
        return inventory.foreign_resources(site.aws, scope, managed=site.managed())


def _count_what_is_left(
    site: Site, *, keep_data: bool, spared: frozenset[str]
) -> tuple[list[Resource], list[Resource]]:
    """Count what is left and what was kept; sweep and ask again while AWS's lists may be late.

    Lists may name what is already gone. A service that wrote late may have created its log group again.
    """

    def is_left(resource: Resource) -> bool:
        return not (keep_data and resource.is_data)

    with site.command.console.step("Count what is left") as step:

        def pause(seconds: float) -> None:
            step.progress(f"asking again in {seconds:.0f} s")
            time.sleep(seconds)
            _sweep(site, keep_data=keep_data, spared=spared, progress=step.progress)

        found = retry_until(
            lambda: _take(site, spared),
            good=lambda found: not any(map(is_left, found)),
            seconds=_PATIENCE_SECONDS[site.command.environment.target],
            pause=pause,
        )
        step.result(f"{len(found)} resources")
    return list(filter(is_left, found)), [each for each in found if not is_left(each)]


def _counted(site: Site, found: Sequence[Resource]) -> str:
    """Say how many resources have the name, and how many Terraform has: more, since rules have no name."""
    stacks = (FOUNDATION, APP, GITHUB) if found and site.has_state() else ()
    count = sum(len(site.resources(stack)) for stack in stacks)
    return f"{plural(len(found), 'resource')} with its name" + (
        f", {count:,} in Terraform's states" if count else ""
    )


def _bound(command: Command, before: Sequence[Resource], *, keep_data: bool) -> DestroyBound:
    types = filter(None, (inventory.main_type(resource) for resource in before))
    return bound_of_types(types, command.environment, stacks=1 if keep_data else 2)


def _refuse_protected(command: Command, *, keep_data: bool, force: bool) -> None:
    if not (command.environment.disposable or keep_data or force):
        raise PreconditionError(
            f"{command.environment.name} is not disposable: destroy would delete its images and models.",
            fix="keep them with --keep-data, or pass --force",
        )


def _inventory(site: Site, title: str, spared: frozenset[str]) -> list[Resource]:
    with site.command.console.step(title) as step:
        found = _take(site, spared)
        step.result(_counted(site, found))
    return found


def _take(site: Site, spared: frozenset[str]) -> list[Resource]:
    environment = site.command.environment
    return inventory.take(
        site.aws,
        project=environment.project,
        environment=environment.name,
        zone_id=environment.dns.zone_id if environment.dns else None,
        hosts=environment.hosts,
        spared=spared,
    )


def _destroy(site: Site, *, keep_data: bool, spared: frozenset[str]) -> None:
    environment = site.command.environment
    with site.command.console.step("Scale to zero and lift protections") as step:
        cleanup.prepare(
            site.aws, environment=environment, keep_data=keep_data, progress=step.progress, spared=spared
        )
    if site.has_state():
        _destroy_stack(site, APP)
        if not keep_data:
            _empty(site, spared)
            withdraw(site.aws, environment)
            _destroy_stack(site, FOUNDATION)
        _destroy_stack(site, GITHUB)
    with site.command.console.step("Sweep up") as step:
        _sweep(site, keep_data=keep_data, spared=spared, progress=step.progress)


def _sweep(site: Site, *, keep_data: bool, spared: frozenset[str], progress: cleanup.Progress) -> None:
    environment = site.command.environment
    cleanup.sweep(site.aws, environment=environment, keep_data=keep_data, progress=progress, spared=spared)
    if not keep_data:
        state.delete_bucket(site.aws, environment.state_bucket)


def _empty(site: Site, spared: frozenset[str]) -> None:
    """Empty buckets again: access logs arrive minutes late, and only now the load balancer is gone."""
    with site.command.console.step("Empty buckets again") as step:
        cleanup.empty(site.aws, environment=site.command.environment, progress=step.progress, spared=spared)


def _destroy_stack(site: Site, stack: str) -> None:
    if not site.resources(stack):
        return
    with site.command.console.step(f"Destroy {stack}") as step:
        common = tfvars.render_common(site.command.environment)
        site.terraform.init_removal(stack, tfvars=common, backend=site.backend(stack))
        # A state from before `removed` blocks existed, with no apply since: a plan to destroy ignores them.
        others = [each["address"] for each in site.resources(stack) if each["type"] in ACCOUNT_WIDE]
        if others:
            site.terraform.forget(stack, others)
        planned = site.terraform.plan(stack, destroy=True, progress=step.progress)
        if planned.has_changes:
            site.terraform.apply(planned, progress=step.progress)
        step.result(f"{planned.summary.destroy} resources")


def _stop_sandbox(command: Command) -> None:
    with command.console.step("Stop the sandbox"):
        sandbox.down(command.environment, root=command.home)
