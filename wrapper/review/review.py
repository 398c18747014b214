"""A review: what both stacks' plans change, what is risky about it, what it costs, how long it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from wrapper.environment import Environment
from wrapper.releases import Release
from wrapper.review.answers import ModelChange
from wrapper.review.cost import Estimate, estimate, regions, table_of
from wrapper.review.destroy_bound import DestroyBound, bound_of_plans
from wrapper.review.digest import Change, digest
from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.risks import Risk, by_rule
from wrapper.review.rollout_bound import RolloutBound, rollout_bounds
from wrapper.review.rules import added, judge
from wrapper.review.verdict import Verdict, verdict_of
from wrapper.terraform.additions import Addition
from wrapper.terraform.plan import Plan

# A cost that grows by half, and by a noticeable amount.
_STEEP = 1.5
_NOTICEABLE_DOLLARS = 50
_ROLLOUT_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html"
_COST_PAGE = "https://calculator.aws/"


@dataclass(frozen=True, kw_only=True)
class Review:
    """Everything that the views show. `deadlines` are seconds by service; `cost` is None without prices.

    `additions` are what an apply reverts beside its plans, `answers` how new model versions differ from
    the old ones. `destroy` bounds the time that taking all of it down would need. `obstacles` say why the
    saved plan cannot be applied as it is. `called` names the environment as a command does.
    """

    environment: str
    called: str
    plans: tuple[Plan, ...]
    additions: tuple[Addition, ...] = ()
    answers: tuple[ModelChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    cost: Estimate | None = None
    rollouts: tuple[RolloutBound, ...] = ()
    destroy: DestroyBound | None = None
    deadlines: Mapping[str, int]
    notes: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def has_changes(self) -> bool:
        return bool(self.additions) or any(plan.has_changes for plan in self.plans)

    @property
    def verdict(self) -> Verdict:
        """Return what every view says first."""
        return verdict_of(self.called, self.findings, has_changes=self.has_changes, obstacles=self.obstacles)

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Return the findings by rule, the worst first."""
        return by_rule(self.findings)

    @cached_property
    def digest(self) -> tuple[Change, ...]:
        """Return what changes in at most five lines."""
        return digest(self.plans)

    @property
    def slowest(self) -> RolloutBound | None:
        return max(self.rollouts, key=lambda bound: bound.seconds, default=None)

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """Return the findings that somebody has to allow by name before an apply."""
        return tuple(each for each in self.findings if each.level is Level.BLOCK and each.allowed is None)

    @property
    def allowed(self) -> dict[str, str]:
        """Return the rules that would block an apply if they were not allowed, with the reason."""
        blocking = (each for each in self.findings if each.level is Level.BLOCK)
        return {each.rule: each.allowed for each in blocking if each.allowed is not None}


def make_review(
    plans: Sequence[Plan],
    *,
    environment: Environment,
    additions: Sequence[Addition] = (),
    answers: Sequence[ModelChange] = (),
    notes: Sequence[str] = (),
    obstacles: Sequence[str] = (),
    allow: Mapping[str, str] | None = None,
    releases: Sequence[Release] = (),
    image_bytes: Mapping[str, int] | None = None,
) -> Review:
    """Judge, price and time the plans of an environment's stacks. Pure: it reads nothing else.

    `additions` were added by hand, `answers` is how new model versions differ from the old ones. `allow`
    names rules that are allowed, with the reason, in addition to those in the environment's file; `releases`
    are those to which somebody may roll back, `image_bytes` known sizes of images, compressed.
    """
    table = table_of(environment.region)
    seen = [plan for plan in plans if plan.everything]
    cost = estimate(seen, table) if table and seen else None
    rollouts = rollout_bounds(plans, target=environment.target, image_bytes=image_bytes)
    deadlines = {name: service.rollout.deadline_seconds for name, service in environment.services.items()}
    circumstances = Circumstances(
        disposable=environment.disposable,
        model_bucket=environment.model_bucket,
        releases=tuple(releases),
        answers=tuple(answers),
        answer_limits=environment.review.answers_change,
    )
    findings = [
        *judge(plans, circumstances),
        *added(additions),
        *_late(rollouts, deadlines),
        *(_steep(cost) if cost else ()),
    ]
    reasons = {**environment.review.allow, **(allow or {})}
    return Review(
        environment=environment.name,
        called=environment.called,
        plans=tuple(plans),
        additions=tuple(additions),
        answers=tuple(answers),
        findings=tuple(sorted(_agreed(findings, reasons), key=lambda finding: finding.rank)),
        cost=cost,
        rollouts=rollouts,
        destroy=bound_of_plans(plans, environment),
        deadlines=deadlines,
        notes=(*notes, *_remarks(plans, environment)),
        obstacles=tuple(obstacles),
    )


def _agreed(findings: Sequence[Finding], reasons: Mapping[str, str]) -> Iterator[Finding]:
    """Add the reason to allowed findings."""
    for finding in findings:
        yield replace(finding, allowed=reasons.get(finding.rule))


def _late(rollouts: Sequence[RolloutBound], deadlines: Mapping[str, int]) -> Iterator[Finding]:
    """Find roll-outs that may be given up although nothing failed."""
    for bound in rollouts:
        deadline = deadlines.get(bound.service, deadlines.get(bound.service.removesuffix("-green")))
        if deadline is not None and bound.seconds > deadline:
            yield Finding(
                rule="late-rollout",
                level=Level.WARN,
                address=bound.address,
                sentence=f"Its roll-out may take {bound.seconds} s; rollout.deadline_seconds is {deadline}.",
                page=_ROLLOUT_PAGE,
            )


def _steep(cost: Estimate) -> Iterator[Finding]:
    """Find a cost that grows by half or more."""
    if 0 < cost.before * _STEEP <= cost.after and cost.difference >= _NOTICEABLE_DOLLARS:
        yield Finding(
            rule="steep-cost",
            level=Level.WARN,
            address=cost.lines[0].address,
            sentence=f"The monthly cost grows from {cost.before:.0f} to {cost.after:.0f} USD, mostly here.",
            page=_COST_PAGE,
        )


def _remarks(plans: Sequence[Plan], environment: Environment) -> Iterator[str]:
    """Return what the review does not know."""
    yield from (f"{plan.stack}: {skipped}" for plan in plans for skipped in plan.skipped)
    if not any(plan.has_changes for plan in plans):
        return
    if used := [each for each in environment.existing if not each.startswith("subnet ")]:
        yield f"Used as it is, neither changed nor in any price: {', '.join(used)}."
    if table_of(environment.region) is None:
        yield f"There are no prices for {environment.region}, only for {', '.join(regions())}."
    elif environment.target == "sandbox":
        yield "The sandbox costs nothing; the prices are what AWS would charge for the same."
