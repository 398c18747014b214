"""What the page shows: the status, an hour of metrics, releases and roll-outs, the cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from wrapper import releases
from wrapper.delivery.site import Site
from wrapper.ecs.load import Load
from wrapper.ecs.roll_outs import RollOut, roll_outs
from wrapper.errors import ConfigError, PreconditionError
from wrapper.releases import Release
from wrapper.review.cost import Estimate
from wrapper.verbs.cost import deployed_cost
from wrapper.verbs.status import Measures, Status, status

_MOST_EVENTS = 20


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An estimate in US dollars a month, or why there is none; `sandbox` says that it is not paid."""

    estimate: Estimate | None
    sandbox: bool = False
    why_none: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event on the time line; `tone` is calm, warn or block, `at` is UTC."""

    at: datetime
    what: str
    sentence: str
    tone: str = "calm"


@dataclass(frozen=True, kw_only=True)
class Report:
    """`hours` are each service's last minutes, oldest first; `events` are the newest first."""

    status: Status
    hours: Mapping[str, Sequence[Load]]
    events: Sequence[Event]
    cost: Cost


def gather(site: Site, cost: Cost, measures: Measures | None = None) -> Report:
    """Read once, from ECS, the load balancer, CloudWatch and the state bucket; change nothing."""
    measures = measures or Measures(site)
    seen, environment = status(site, measures), site.command.environment
    running = {name: each.service for name, each in seen.services.items() if each}
    kept = releases.releases(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
    rolled_out = [
        each
        for name in running
        for each in roll_outs(site.aws, cluster=environment.cluster_name, service=name)
    ]
    return Report(
        status=seen,
        hours=measures.hour(running, seen.at),
        events=events(islice(kept, _MOST_EVENTS), rolled_out),
        cost=cost,
    )


def priced(site: Site) -> Cost:
    """Return the estimated cost. It reads Terraform's state, so a page that is refreshed computes it once."""
    try:
        found = deployed_cost(site)
    except (ConfigError, PreconditionError) as error:
        return Cost(estimate=None, why_none=error.message)
    return Cost(estimate=found.estimate, sandbox=found.sandbox)


def events(kept: Iterator[Release], rolled_out: Sequence[RollOut]) -> list[Event]:
    """Return releases and roll-outs in one list, the newest first."""
    told = [*map(_of_release, kept), *map(_of_roll_out, rolled_out)]
    return sorted(told, key=lambda event: event.at, reverse=True)[:_MOST_EVENTS]


def _of_release(release: Release) -> Event:
    what = [f"back to {release.back_to}"] if release.back_to else []
    what += [f"from {release.promoted_from}"] if release.promoted_from else []
    for name, service in release.services.items():
        model = f" with {service.model.label}" if service.model else ""
        took = f" in {service.rollout}" if service.rollout else ""
        what.append(f"{name} {service.image.rpartition(':')[2][:12]}{model}{took}")
    return Event(
        at=datetime.fromisoformat(release.at),
        what=f"Release {release.number}",
        sentence=f"{'; '.join(what)}. By {release.who}.",
    )


def _of_roll_out(found: RollOut) -> Event:
    words = found.status.replace("_", " ").lower()
    took = f" after {(found.finished - found.started).total_seconds():.0f} s" if found.finished else ""
    tone = "block" if found.status in ("ROLLBACK_FAILED", "STOPPED") else "warn"
    return Event(
        at=found.started,
        what=f"Roll-out of {found.service}",
        sentence=f"{words}{took}. {found.reason}".strip(),
        tone="calm" if found.status == "SUCCESSFUL" else tone,
    )
