"""The story of destroy: scale to zero, destroy both stacks by saved plans, sweep, count what is left."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from wrapper import inventory, sandbox
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.site import APP, FOUNDATION, GITHUB, Command, Site, find
from wrapper.errors import Aborted, LeftoverError, PreconditionError
from wrapper.inventory import Resource, cleanup
from wrapper.review import DestroyBound, bound_of_types
from wrapper.terraform import state
from wrapper.verbs import github


@dataclass(frozen=True, kw_only=True)
class Destroyed:
    """What was there before, what is still there, what was kept; the time it took, and its bound."""

    environment: str
    before: Sequence[Resource]
    left: Sequence[Resource]
    kept: Sequence[Resource] = ()
    seconds: float = 0
    bound: DestroyBound | None = None

    def text(self) -> str:
        if self.left:
            return f"{self.environment}: {len(self.left)} of {len(self.before)} resources are still there."
        if not self.before:
            return f"{self.environment}: there was nothing to destroy."
        kept = f", {len(self.kept)} kept as asked" if self.kept else ""
        return f"{self.environment}: nothing is left of {len(self.before)} resources{kept}.{self._took}"

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
            "seconds": round(self.seconds, 1),
            "bound_seconds": self.bound.seconds if self.bound else None,
        }

    def raise_unless_good(self) -> None:
        """Raise LeftoverError naming each resource."""
        if self.left:
            named = [f"{resource.service} {resource.kind} {resource.name}" for resource in self.left]
            raise LeftoverError("\n  ".join([f"{len(named)} resources are left", *named]))


def destroy(command: Command, *, keep_data: bool = False, force: bool = False) -> Destroyed:
    """Take the environment down and count what is left, see `Destroyed.left`.

    `keep_data` keeps images and models; `force` is what an environment that is not disposable asks for.
    """
    _refuse_protected(command, keep_data=keep_data, force=force)
    site = find(command)
    if site is None:
        return Destroyed(environment=command.environment.name, before=(), left=())
    before = _inventory(site, "Count what is there")
    bound = _bound(command, before, keep_data=keep_data)
    if before and not command.console.confirm(
        f"Destroy {len(before)} resources of {command.environment.name}? It takes at most {bound.seconds} s."
    ):
        raise Aborted("nothing was destroyed")
    started = time.monotonic()
    if before:
        with site.lock("destroy") if site.has_state() else nullcontext():
            _destroy(site, keep_data=keep_data)
    left = _inventory(site, "Count what is left")
    # What was there before is gone with the sandbox, and whoever made it wants it still.
    if not left and site.sandbox and not command.environment.existing_arns:
        _stop_sandbox(command)
    kept = [resource for resource in left if keep_data and resource.is_data]
    return Destroyed(
        environment=command.environment.name,
        before=before,
        left=[resource for resource in left if resource not in kept],
        kept=kept,
        seconds=time.monotonic() - started,
        bound=bound,
    )


def _bound(command: Command, before: Sequence[Resource], *, keep_data: bool) -> DestroyBound:
    types = filter(None, (resource.terraform_type for resource in before))
    return bound_of_types(types, command.environment, stacks=1 if keep_data else 2)


def _refuse_protected(command: Command, *, keep_data: bool, force: bool) -> None:
    if not (command.environment.disposable or keep_data or force):
        raise PreconditionError(
            f"{command.environment.name} is not disposable: destroy would delete its images and models.",
            fix="keep them with --keep-data, or pass --force",
        )


def _inventory(site: Site, title: str) -> list[Resource]:
    environment = site.command.environment
    with site.command.console.step(title) as step:
        found = inventory.take(
            site.aws,
            project=environment.project,
            environment=environment.name,
            zone_id=environment.dns.zone_id if environment.dns else None,
            hosts=environment.hosts,
            spared=environment.existing_arns,
        )
        step.result(f"{len(found)} resources")
    return found


def _destroy(site: Site, *, keep_data: bool) -> None:
    environment = site.command.environment
    _prepare(site, keep_data=keep_data)
    if site.has_state():
        _destroy_stack(site, APP, tfvars.render_app(environment, stand_in(environment)))
        if not keep_data:
            _empty(site)
            _destroy_stack(site, FOUNDATION, tfvars.render_foundation(environment))
        if roles := github.rendered_for_destroy(site):
            _destroy_stack(site, GITHUB, roles)
    with site.command.console.step("Sweep up") as step:
        cleanup.sweep(
            site.aws,
            environment=environment,
            keep_data=keep_data,
            progress=step.progress,
            spared=environment.existing_arns,
        )
        if not keep_data:
            state.delete_bucket(site.aws, environment.state_bucket)


def _prepare(site: Site, *, keep_data: bool) -> None:
    with site.command.console.step("Scale to zero and lift protections") as step:
        cleanup.prepare(
            site.aws,
            environment=site.command.environment,
            keep_data=keep_data,
            progress=step.progress,
            spared=site.command.environment.existing_arns,
        )


def _empty(site: Site) -> None:
    """Empty buckets once more: access logs come minutes late, and the load balancer is gone only now."""
    with site.command.console.step("Empty what fills late") as step:
        environment = site.command.environment
        cleanup.empty(
            site.aws, environment=environment, progress=step.progress, spared=environment.existing_arns
        )


def _destroy_stack(site: Site, stack: str, rendered: str) -> None:
    with site.command.console.step(f"Destroy {stack}") as step:
        site.terraform.init(stack, tfvars=rendered, backend=site.backend(stack))
        planned = site.terraform.plan(stack, destroy=True, progress=step.progress)
        if planned.has_changes:
            site.terraform.apply(planned, progress=step.progress)
        step.result(f"{planned.summary.destroy} resources")


def _stop_sandbox(command: Command) -> None:
    with command.console.step("Stop the sandbox"):
        sandbox.down(command.environment, root=command.root)
