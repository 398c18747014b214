"""Ask again, for a few seconds, what only the infrastructure has answered."""

import time

import httpx

from wrapper.smoke.answer import Answer, ask
from wrapper.smoke.question import Question

_PAUSE_SECONDS = 0.25


class RetryBudget:
    """A number of seconds that all retries of a run share."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def ask(self, client: httpx.Client, question: Question) -> tuple[Answer, list[Answer]]:
        """Ask until the service answers or the seconds are used up; return also the forgiven answers."""
        forgiven: list[Answer] = []
        while True:
            answer = ask(client, question.call, expected=question.status)
            if answer.origin != "infrastructure" or not self._lasts():
                return answer, forgiven
            forgiven.append(answer)

    def _lasts(self) -> bool:
        """Pause once and return True, or return False if it has run out."""
        if self._left <= 0:
            return False
        self._left -= _PAUSE_SECONDS
        time.sleep(_PAUSE_SECONDS)
        return True
