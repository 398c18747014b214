"""Ask a deployed service what its environment says it must answer, and judge the answers.

What the load balancer says for lack of a task is told apart from what the service says; only the former is
asked again, and only for a few seconds.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import httpx

from wrapper.environment import Service
from wrapper.release import ServiceRelease
from wrapper.smoke.answer import Answer, ask
from wrapper.smoke.question import Question, health_question, request_question
from wrapper.smoke.route import client_for, host_of, leads_to
from wrapper.smoke.tally import Tally
from wrapper.smoke.verdict import Check, Verdict, percentile

__all__ = ["Check", "Verdict", "run"]

GRACE_SECONDS = 5.0
_PAUSE_SECONDS = 0.25


def run(
    url: str,
    *,
    service: Service,
    release: ServiceRelease,
    progress: Callable[[str], None],
    grace_seconds: float = GRACE_SECONDS,
) -> Verdict:
    """Ask every question of the service in as many rounds as the environment says; raises nothing.

    `grace_seconds` is how long, over the whole run, infrastructure answers are asked again.
    """
    tallies = [Tally(question=question) for question in _questions(service, release)]
    patience = _Patience(grace_seconds)
    with client_for(url, service.route) as client:
        for number in range(1, service.smoke.attempts + 1):
            for tally in tallies:
                tally.add(*_patient_answer(client, tally.question, patience))
            if any(tally.is_hopeless for tally in tallies):
                break
            progress(f"round {number} of {service.smoke.attempts}")
    latencies = [value for tally in tallies if tally.question.is_timed for value in tally.latencies]
    p95 = percentile(latencies, 0.95)
    return Verdict(
        url=url,
        checks=[
            *(tally.check() for tally in tallies),
            _latency(p95, service.smoke.latency_ms),
            *_remarks(url, service),
        ],
        p50_ms=percentile(latencies, 0.5),
        p95_ms=p95,
        sample=next((tally.sample for tally in tallies if tally.sample), None),
    )


class _Patience:
    """A number of seconds that all retries of a run share."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def lasts(self) -> bool:
        """Pause once and return True, or return False if it has run out."""
        if self._left <= 0:
            return False
        self._left -= _PAUSE_SECONDS
        time.sleep(_PAUSE_SECONDS)
        return True


def _questions(service: Service, release: ServiceRelease) -> Iterator[Question]:
    if leads_to(service.route, service.health.path):
        yield health_question(service.health, release)
    for request in service.smoke.requests:
        yield request_question(request, release)


def _patient_answer(
    client: httpx.Client, question: Question, patience: _Patience
) -> tuple[Answer, list[Answer]]:
    """Ask until the service answers or patience ends; return also the answers that were forgiven."""
    forgiven: list[Answer] = []
    while True:
        answer = ask(client, question.path, expected=question.status)
        if answer.origin != "infrastructure" or not patience.lasts():
            return answer, forgiven
        forgiven.append(answer)


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
