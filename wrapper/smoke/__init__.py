"""Ask a deployed service what its environment says it must answer, and judge the answers.

Answers of the load balancer without a task differ from the service's answers; only the former are
requested again, and only for a few seconds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from wrapper.environment import Service
from wrapper.environment.release import ServiceRelease
from wrapper.environment.routing import host_of
from wrapper.smoke import canary
from wrapper.smoke.answers import Answers
from wrapper.smoke.canary import chosen
from wrapper.smoke.material import gather
from wrapper.smoke.pairs import Way, asked, pairs
from wrapper.smoke.question import Material, Question, health_question, path_of, request_question
from wrapper.smoke.retry import RetryBudget
from wrapper.smoke.route import client_for, leads_to
from wrapper.smoke.tally import Tally
from wrapper.smoke.verdict import Check, Verdict, percentile

__all__ = [
    "Answers",
    "Check",
    "Material",
    "Verdict",
    "Way",
    "asked",
    "asleep",
    "chosen",
    "gather",
    "health",
    "pairs",
    "path_of",
    "probe",
    "was_asked",
]

GRACE_SECONDS = 5.0
# The name of the only check of a service that runs no task.
ASLEEP = "asleep"
_BUDGET_SHARE = 0.95


def probe(
    url: str,
    *,
    service: Service,
    release: ServiceRelease,
    progress: Callable[[str], None],
    material: Material | None = None,
    grace_seconds: float = GRACE_SECONDS,
    headers: Mapping[str, str] | None = None,
) -> Verdict:
    """Ask every question of the service in as many rounds as the environment says; raises nothing.

    `material` is what `gather` has read for it. `grace_seconds` is how long, over the whole run,
    infrastructure answers are asked again; `headers` go with every request.
    """
    if not service.is_asked:
        return _not_asked(url, "protocol", f"not asked: the smoke test speaks no {service.protocol}")
    material = material or Material()
    tallies = [Tally(question=question) for question in _questions(service, release, material)]
    retries = RetryBudget(grace_seconds)
    with client_for(url, service.route, seconds=_longest(service)) as client:
        client.headers.update(headers or {})
        for number in range(1, service.smoke.attempts + 1):
            for tally in tallies:
                tally.add(*retries.ask(client, tally.question))
            if _is_settled(tallies, service):
                break
            progress(f"round {number} of {service.smoke.attempts}")
        else:
            tallies += canary.tallies(client, service, release, material.uids, retries)
    latencies = _latencies(tallies)
    p95 = percentile(latencies, _BUDGET_SHARE)
    return Verdict(
        url=url,
        checks=[
            *(tally.check() for tally in tallies if not tally.is_canary),
            *canary.checks(service, [tally for tally in tallies if tally.is_canary]),
            _latency(p95, service.smoke.latency_ms),
            *_remarks(url, service),
        ],
        p50_ms=percentile(latencies, 0.5),
        p95_ms=p95,
        sample=next((tally.sample for tally in tallies if tally.sample), None),
    )


def health(
    url: str, *, service: Service, release: ServiceRelease, headers: Mapping[str, str] | None = None
) -> str | None:
    """Ask the health path, and say what is wrong with the answer; None also if no path leads there."""
    if not (service.is_asked and leads_to(service.route, service.health.path)):
        return None
    question = health_question(service.health, release)
    with client_for(url, service.route) as client:
        client.headers.update(headers or {})
        answer, _ = RetryBudget(GRACE_SECONDS).ask(client, question)
    return question.judge(answer)


def _is_settled(tallies: Sequence[Tally], service: Service) -> bool:
    """Say whether the verdict is known to be bad: asking on would only keep a broken version up longer."""
    late = sum(value > service.smoke.latency_ms for value in _latencies(tallies))
    timed = sum(tally.question.is_timed for tally in tallies) * service.smoke.attempts
    return any(tally.is_hopeless for tally in tallies) or late > timed * (1 - _BUDGET_SHARE)


def _latencies(tallies: Sequence[Tally]) -> list[float]:
    return [value for tally in tallies if tally.question.is_timed for value in tally.latencies]


def asleep(url: str) -> Verdict:
    """Judge a service that the clock or a pause lets run no task: nothing to ask, and nothing wrong."""
    return _not_asked(url, ASLEEP, "not asked: it is paused, or outside of the hours of its scaling")


def _not_asked(url: str, name: str, detail: str) -> Verdict:
    check = Check(name=name, ok=True, detail=detail)
    return Verdict(url=url, checks=[check], p50_ms=None, p95_ms=None, sample=None)


def was_asked(verdict: Mapping[str, Any]) -> bool:
    """Say of a recorded verdict whether any task ran to be asked."""
    return [check["name"] for check in verdict.get("checks", ())] != [ASLEEP]


def _longest(service: Service) -> float:
    """Return after how many seconds nobody waits for an answer: twice as late as any may come."""
    budgets = [service.smoke.latency_ms, *(each.latency_ms or 0 for each in service.smoke.requests)]
    return max(budgets) * 2 / 1000


def _questions(service: Service, release: ServiceRelease, material: Material) -> Iterator[Question]:
    if leads_to(service.route, service.health.path):
        yield health_question(service.health, release)
    for request in service.smoke.requests:
        yield request_question(
            request, release, is_recommender=service.smoke.is_recommenders, material=material
        )


def _latency(p95: float | None, budget_ms: float) -> Check:
    if p95 is None:
        return Check(name="latency", ok=False, detail="no answer to measure")
    return Check(name="latency", ok=p95 <= budget_ms, detail=f"p95 {p95:.0f} ms, budget {budget_ms} ms")


def _remarks(url: str, service: Service) -> Sequence[Check]:
    """Say what could not be checked."""
    remarks = []
    if not leads_to(service.route, service.health.path):
        detail = f"not asked: route.paths does not lead to {service.health.path}"
        remarks.append(Check(name=f"GET {service.health.path}", ok=True, detail=detail))
    if url.startswith("https://") and host_of(service.route) is None:
        detail = "not checked: no certificate names the load balancer; give the service route.hosts"
        remarks.append(Check(name="certificate", ok=True, detail=detail))
    return remarks
