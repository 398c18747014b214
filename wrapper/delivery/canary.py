"""Let new versions in: tested by a header, then watched, then given requests step by step, then all of them.

Those of several services are watched and stepped together. After any failure or interrupt the old versions
get all the requests again at once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wrapper import releases
from wrapper.delivery import live_answers, slots, steps
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import APP, Site
from wrapper.ecs import alarms, comparison
from wrapper.ecs.rollout import Reason, RolloutFailed, ServiceTarget
from wrapper.ecs.rollout.judge import Failed
from wrapper.ecs.rollout.snapshot import revision_of
from wrapper.ecs.rollout.watch import Watch
from wrapper.ecs.weights import WHOLE, give
from wrapper.environment import Environment, Service
from wrapper.environment.release import ModelVersion
from wrapper.model.diff.live import Live
from wrapper.smoke import Material, Verdict
from wrapper.terraform.outputs import App, ServiceOutput

POLL_SECONDS = 1.0
# Metrics and alarms are no faster, and each look at them is paid for.
_LOOK_SECONDS = 5.0
# As CloudWatch counts: nothing is known of less.
_MINUTE = timedelta(minutes=1)
_SECONDS = 60.0  # of a minute: the benchmarks and tests that run faster say so


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be compared: the new slot beside the old one, at a share in percent.

    `began` is UTC, by AWS's clock.
    """

    site: Site
    name: str
    output: ServiceOutput
    new: str
    old: str
    share: int
    began: datetime
    is_over: bool = False


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """A new version that is to get the requests of its service: its `slot`, and what watches its tasks."""

    name: str
    service: Service
    output: ServiceOutput
    slot: str
    watch: Watch

    @property
    def old(self) -> str:
        return next(each for each in self.output.slots if each != self.slot)

    @property
    def is_begun(self) -> bool:
        return bool(self.output.share_of(self.slot))


Check = Callable[[Step], str | None]


def ringing(step: Step) -> str | None:
    """Name an alarm of the new slot, or of the old one, that has gone off since it got requests."""
    prefix = step.site.command.environment.prefix
    names = [each.service_name for each in step.output.slots.values()]
    found = [
        each
        for each in alarms.ringing(step.site.aws, prefix=prefix, names=names)
        # A slot that is new has missed tasks until now; those that end are watched besides.
        if each.since >= step.began and not each.name.endswith("-missing-tasks")
    ]
    return f"the alarm {found[0].name} has gone off: {found[0].reason}" if found else None


def failing(step: Step) -> str | None:
    """Compare what the load balancer counts of both slots; too few to tell is said, and is no reason."""
    until, tell = step.site.aws.now(), step.site.command.console.warn
    if not step.share:
        return None
    if until - step.began < _MINUTE:
        if step.is_over:
            tell(f"{step.name} at {step.share} %: not compared, since load balancers count by the minute.")
        return None
    app = step.site.outputs(APP)
    verdict = comparison.judge(
        step.site.aws,
        load_balancer=app["alb"]["arn"],
        new=step.output.slots[step.new].target_group_arn,
        old=step.output.slots[step.old].target_group_arn,
        since=step.began,
        until=until,
    )
    if verdict.outcome is comparison.Outcome.WORSE:
        return verdict.text()
    if step.is_over and verdict.outcome is comparison.Outcome.UNSURE:
        tell(f"{step.name} at {step.share} %: {verdict.text()}")
    return None


CHECKS: tuple[Check, ...] = (ringing, failing)


def worse(step: Step) -> str | None:
    """Say in a sentence why the new slot is worse than the old one; None if nothing says so."""
    return next((sentence for check in CHECKS if (sentence := check(step))), None)


def watches(site: Site, environment: Environment, app: App, contents: Contents) -> dict[str, Watch]:
    """Look at the candidates before they are tested: each task that ends from now on is one too many."""
    found = {}
    for name, slot in contents.candidates.items():
        target = _target(name, environment.services[name], app.services[name].at(slot))
        found[name] = Watch(site.aws, environment.cluster_name, target)
        found[name].look()
    return found


def tested(
    site: Site,
    environment: Environment,
    app: App,
    contents: Contents,
    watched: Mapping[str, Watch],
    *,
    material: Mapping[str, Material],
    at_once: bool,
) -> tuple[dict[str, Verdict], dict[str, Live]]:
    """Ask the candidates by their header, before anybody else does, and watch those that are good.

    They are not watched if it's `at_once`. Return also how their answers differ from the old ones, which may
    be why a verdict is bad.
    """
    found: dict[str, Verdict] = {}
    answers: dict[str, Live] = {}
    for name, slot in contents.candidates.items():
        output, service = app.services[name], environment.services[name]
        header = {"X-Slot": output.header}
        found[name] = steps.ask(
            site, environment, name, output, contents, material[name], headers=header, is_early=True
        )
        if at_once or output.share_of(slot):
            continue
        limits = service.smoke.answers_change
        if found[name].ok and limits:
            live = live_answers.compared(
                site,
                name,
                service,
                *live_answers.ways(site, output),
                material=material[name],
                version=_old_model(site, name) or contents.releases[name].model,
            )
            if live:
                answers[name] = live
                check = live_answers.check(site.command.console, name, live, limits)
                found[name] = replace(found[name], checks=[*found[name].checks, check])
    new = [each for each in _newcomers(environment, app, contents, watched) if not each.is_begun]
    seconds = max((each.service.rollout.bake_seconds for each in new), default=0)
    if seconds and not at_once and all(each.ok for each in found.values()):
        names = ", ".join(each.name for each in new)
        with site.command.console.step(f"Watch {names} without requests") as step:
            _watch(site, [(each, 0) for each in new], seconds, step.progress)
            step.result(f"{seconds} s, and every task runs")
    return found, answers


def _newcomers(
    environment: Environment, app: App, contents: Contents, watched: Mapping[str, Watch]
) -> list[Newcomer]:
    return [
        Newcomer(
            name=name,
            service=environment.services[name],
            output=app.services[name],
            slot=slot,
            watch=watched[name],
        )
        for name, slot in contents.candidates.items()
    ]


def _old_model(site: Site, name: str) -> ModelVersion | None:
    newest = releases.newest(site.aws, bucket=site.command.environment.state_bucket)
    return newest.services[name].model if newest and name in newest.services else None


@contextmanager
def given(
    site: Site,
    environment: Environment,
    app: App,
    contents: Contents,
    watched: Mapping[str, Watch],
    *,
    at_once: bool = False,
) -> Iterator[None]:
    """Give the candidates all requests, step by step unless `at_once`; the block may take them back yet.

    Raises RolloutError when one is worse. After that, or any error, the old version has all requests.
    """
    try:
        _let_in(site, _newcomers(environment, app, contents, watched), at_once=at_once)
        yield
    except BaseException:
        take_back(site, app, contents)
        raise


def take_back(site: Site, app: App, contents: Contents) -> None:
    """Give all requests to the slots that had them before."""
    for name, slot in contents.candidates.items():
        give(site.aws, app.services[name], slot, 0)
        site.command.console.warn(f"{name}: the old version gets all requests again.")


def _let_in(site: Site, newcomers: Sequence[Newcomer], *, at_once: bool) -> None:
    """Step them together; those without steps, or with fewer, wait for the others."""
    for each in newcomers:
        _look(each.watch)  # its test has taken a while
    shares = {each.name: each.output.share_of(each.slot) for each in newcomers}
    services = {} if at_once else {each.name: each.service for each in newcomers}
    for together in slots.rounds(services, begun=shares):
        shares |= together.shares
        told = ", ".join(f"{name} {share} %" for name, share in together.shares.items())
        with site.command.console.step(f"Give {told} of the requests") as step:
            for each in (each for each in newcomers if each.name in together.shares):
                give(site.aws, each.output, each.slot, shares[each.name])
            seconds = together.minutes * _SECONDS
            _watch(site, [(each, shares[each.name]) for each in newcomers], seconds, step.progress)
            step.result(f"{seconds:.0f} s, and nothing is worse")
    for each in newcomers:
        with site.command.console.step(f"Give {each.name} all requests"):
            give(site.aws, each.output, each.slot, WHOLE)


def _look(watch: Watch) -> None:
    if isinstance(seen := watch.look(), Failed):
        raise RolloutFailed((watch.reason(seen),))


def _watch(
    site: Site,
    watched: Sequence[tuple[Newcomer, int]],
    seconds: float,
    progress: Callable[[str], None],
) -> None:
    """Look at tasks of new versions, each with its share, and at what is worse, until the time is over.

    Raises RolloutFailed.
    """
    until = time.monotonic() + seconds
    looked = time.monotonic()
    began = site.aws.now()
    while True:
        for each, _ in watched:
            _look(each.watch)
        now = time.monotonic()
        is_over = now >= until
        if is_over or now >= looked + _LOOK_SECONDS:
            looked = now
            for each, share in watched:
                step = Step(
                    site=site,
                    name=each.name,
                    output=each.output,
                    new=each.slot,
                    old=each.old,
                    share=share,
                    began=began,
                    is_over=is_over,
                )
                if sentence := worse(step):
                    raise RolloutFailed((_reason(each.name, each.output.at(each.slot), sentence),))
        if is_over:
            return
        progress(f"{max(until - time.monotonic(), 0):.0f} s to go")
        time.sleep(POLL_SECONDS)


def _target(name: str, service: Service, output: ServiceOutput) -> ServiceTarget:
    """Say what to watch: a version that is up already, so that its first task that ends is one too many."""
    return ServiceTarget(
        service_name=output.service_name,
        task_definition_arn=output.task_definition_arn,
        target_group_arn=output.target_group_arn,
        log_group_name=output.log_group_name,
        stands_beside=name,
        deadline_seconds=float("inf"),
        failed_tasks=1,
        is_up=True,
        settle_seconds=service.health.seconds_to_healthy,
    )


def _reason(name: str, output: ServiceOutput, sentence: str) -> Reason:
    return Reason(
        service=name,
        cause="worse",
        sentence=f"{sentence.rstrip('.')}.",
        revision=revision_of(output.task_definition_arn),
        task="",
        container="",
        stop_code="",
        stopped_reason="",
        exit_code=None,
        exit_meaning="",
        target="",
        events=(),
        log=(),
        still_running=None,
        advice=None,
        stopped="the old version gets all requests again",
    )
