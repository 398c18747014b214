"""The steps of a rehearsal: apply, plan again, check for drift, destroy, and judge all of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from wrapper import sandbox
from wrapper.delivery.site import Command, enter
from wrapper.environment import RULES
from wrapper.errors import ConfigError, PreconditionError
from wrapper.sandbox import ports
from wrapper.sandbox.place import Place
from wrapper.sandbox.recording import save
from wrapper.verbs.apply import apply
from wrapper.verbs.destroy import destroy
from wrapper.verbs.drift import drift
from wrapper.verbs.plan import preview
from wrapper.verbs.rehearse.deployers import all_roles, aside, role_of
from wrapper.verbs.rehearse.dummy_secrets import create_dummy_secrets, described
from wrapper.verbs.rehearse.judged import Judge, judged
from wrapper.verbs.rehearse.place import place_of
from wrapper.verbs.rehearse.report import Proof, Rehearsed, only_aws
from wrapper.verbs.rehearse.stand_ins import for_sandbox

# The reason for allowing rules that nobody has allowed.
_REHEARSED = "it is a rehearsal"


def rehearse(command: Command, *, port: int, alb_port: int, judge: Judge) -> Rehearsed:
    """Apply and destroy an environment for AWS in a sandbox of its own, at these two ports.

    The real environment is neither read nor written. A step that fails raises what an apply, a plan or a
    destroy raises; any other wrong result is reported, see `Rehearsed.problems`.
    """
    started = time.monotonic()
    name = command.environment.name
    if command.environment.target != "aws":
        raise PreconditionError(
            f"{name} must have target aws to be rehearsed, got target {command.environment.target}.",
            fix=f"python -m wrapper apply {command.environment.called}: it runs in the sandbox anyway",
        )
    if unheard := [name for name, each in command.environment.services.items() if not each.is_asked]:
        rule = "must be http to be rehearsed (the sandbox's load balancer has neither HTTP/2 nor TLS)"
        problems = [f"services.{each}.protocol {rule}." for each in unheard]
        raise ConfigError(f"rehearse {name}", problems)
    _require_free(command, port, alb_port)
    environment, stand_ins = for_sandbox(command.environment, port=port, alb_port=alb_port)
    with place_of(command.root, name, console=command.console) as folder:
        tried = replace(command, environment=environment, rehearsal=folder, allow=_all_allowed(command))
        rehearsal = _Rehearsal(tried)
        try:
            recording = rehearsal.live(folder)
        finally:
            sandbox.down(environment, root=folder)
        proofs, not_judged = judged(recording, judge, command.console)
    return Rehearsed(
        environment=name,
        proofs=[*rehearsal.proofs, *proofs],
        stopped_by=rehearsal.stopped_by,
        stand_ins=[*stand_ins, *described(environment)],
        only_aws=only_aws(command.environment),
        seconds=time.monotonic() - started,
        recording=recording,
        not_judged=not_judged,
    )


def _all_allowed(command: Command) -> dict[str, str]:
    """Allow every rule of the review, since nothing real is changed.

    The rules that would stop an apply are reported.
    """
    agreed = {**command.environment.review.allow, **command.allow}
    return {rule: agreed.get(rule, _REHEARSED) for rule in RULES}


def _require_free(command: Command, port: int, alb_port: int) -> None:
    """Check both ports before anything is created.

    Raises PreconditionError with the process that has a port.
    """
    try:
        ports.require_free(command.environment.name, port, alb_port, work=command.root / ".wrapper")
    except PreconditionError as error:
        raise PreconditionError(error.message, fix="choose others with --port and --alb-port") from error


@dataclass
class _Rehearsal:
    command: Command
    proofs: list[Proof] = field(default_factory=list)
    stopped_by: list[str] = field(default_factory=list)

    def live(self, folder: Path) -> Path:
        """Run from nothing to nothing, each step with the role that it has on AWS; return the recording."""
        create_dummy_secrets(enter(aside(self.command)).aws, self.command.environment)
        self._apply()
        roles = all_roles(self.command)
        self._plan()
        self._drift()
        self._destroy()
        place = Place(root=folder, environment=self.command.environment.name)
        save(place.recording, roles, folder / "recording")
        return folder / "recording"

    def _apply(self) -> None:
        started = time.monotonic()
        applied = apply(role_of(self.command, "apply", step="apply"))
        applied.raise_unless_good()
        self.stopped_by += [rule for rule, reason in applied.allowed.items() if reason == _REHEARSED]
        smoke = ", ".join(f"{name}: {verdict.summary}" for name, verdict in applied.verdicts.items())
        self._note("apply", f"{applied.changes} resources; {smoke}", started)

    def _plan(self) -> None:
        started = time.monotonic()
        seen = preview(role_of(self.command, "plan", step="plan"))
        changes = [f"the second plan changes {each.address}" for plan in seen.plans for each in plan.changes]
        self._note("second plan", f"{len(changes)} changes", started, changes)

    def _drift(self) -> None:
        started = time.monotonic()
        found = drift(role_of(self.command, "plan", step="drift"))
        lines = [line for change in found.changes for line in change.lines()]
        lines += [str(difference) for difference in found.running]
        self._note("drift", found.summary, started, [f"after a clean apply: {line}" for line in lines])

    def _destroy(self) -> None:
        started = time.monotonic()
        done = destroy(role_of(self.command, "apply", step="destroy"), force=True)
        left = [f"left behind: {each.service} {each.kind} {each.name}" for each in done.left]
        self._note("destroy", f"{len(done.left)} of {len(done.before)} resources left", started, left)

    def _note(self, what: str, detail: str, started: float, problems: Sequence[str] = ()) -> None:
        seconds = time.monotonic() - started
        self.proofs.append(Proof(what=what, detail=detail, problems=problems, seconds=seconds))
