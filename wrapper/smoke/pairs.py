"""Ask two versions of a service the same questions, and pair what they answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from wrapper.environment import Service, SmokeRequest
from wrapper.environment.verification import USER
from wrapper.model.diff import Item
from wrapper.model.diff.live import Answered, Pair
from wrapper.smoke.answer import Answer
from wrapper.smoke.question import Material, Question, call_of
from wrapper.smoke.retry import RetryBudget
from wrapper.smoke.route import client_for
from wrapper.smoke.shape import items_of, values_of

_GRACE_SECONDS = 5.0
_PROGRESS = 20


@dataclass(frozen=True, kw_only=True)
class Way:
    """How requests get to one version of a service: the URL, and headers that its rule wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that both versions get, for a user or with what is declared, and what of it is compared."""

    question: Question
    user: str
    is_list: bool
    expressions: Sequence[str]


def asked(service: Service, material: Material, users: Sequence[str]) -> list[Asked]:
    """Return the questions with an answer to compare; those for {uid} are asked for each of the users.

    With a canary its users are asked for, by its path, and {uid} is the one that `material` has.
    """
    return list(_asked(service, material, users))


def pairs(
    old: Way, new: Way, *, service: Service, questions: Sequence[Asked], progress: Callable[[str], None]
) -> list[Pair]:
    """Ask both ways every question once; raises nothing. What only a load balancer says is asked again."""
    budget = RetryBudget(_GRACE_SECONDS)
    found = []
    with ExitStack() as stack:
        clients = [stack.enter_context(client_for(way.url, service.route)) for way in (old, new)]
        for client, way in zip(clients, (old, new), strict=True):
            client.headers.update(way.headers)
        for number, each in enumerate(questions):
            if number % _PROGRESS == 0:
                progress(f"question {number + 1} of {len(questions)}")
            before, after = (_answered(each, budget.ask(client, each.question)[0]) for client in clients)
            found.append(
                Pair(
                    question=each.question.name,
                    user=each.user,
                    is_list=each.is_list,
                    old=before,
                    new=after,
                )
            )
    return found


def _asked(service: Service, material: Material, users: Sequence[str]) -> Iterator[Asked]:
    canary = service.smoke.canary
    if canary:
        request = SmokeRequest(
            path=canary.path, recommendations=canary.recommendations, compare=canary.compare
        )
        yield from _each(request, material, material.uids)
    for request in service.smoke.requests:
        is_personal = USER in request.path and not canary
        yield from _each(request, material, users if is_personal and users else (None,))


def _each(request: SmokeRequest, material: Material, users: Sequence[str | None]) -> Iterator[Asked]:
    expressions = tuple(dict.fromkeys((*request.expect, *request.compare)))
    is_list = request.recommendations is not None
    if not (is_list or expressions):
        return
    for user in users:
        people = material.people if user is None else {**material.people, USER: user}
        call = call_of(request, replace(material, people=people))
        yield Asked(
            question=Question(call=call, status=request.status, judge=lambda _: None, is_timed=False),
            user=call.path if user is None else user,
            is_list=is_list,
            expressions=expressions,
        )


def _answered(asked: Asked, answer: Answer) -> Answered | None:
    if answer.status != asked.question.status:
        return None
    try:
        body = answer.json()
    except ValueError:
        body = None
    items = items_of(body) if asked.is_list else ()
    if items is None:
        return None
    return Answered(items=tuple(Item(*each) for each in items), values=values_of(body, asked.expressions))
