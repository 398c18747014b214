"""Answers to one question over all rounds, added up to one check."""

from dataclasses import dataclass, field

from wrapper.smoke.answer import Answer
from wrapper.smoke.question import Question
from wrapper.smoke.verdict import Check, Sample

# So many problems in one place are enough: what comes after them is not good in a row any more.
ENOUGH = 3
# Of a page, or of whatever else is no list of recommendations, so much is shown and kept.
_LONGEST = 16 * 1024


@dataclass(kw_only=True)
class Tally:
    """Count what came back; `forgiven` are infrastructure answers after which the service did answer."""

    question: Question
    answers: list[Answer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    forgiven: list[Answer] = field(default_factory=list)
    sample: Sample | None = None
    is_canary: bool = False

    def add(self, answer: Answer, forgiven: list[Answer]) -> None:
        problem = self.question.judge(answer) or self._lateness(answer)
        self.answers.append(answer)
        self.forgiven += forgiven
        if problem:
            self.problems.append(problem)
        elif self.sample is None and self.question.is_sample and answer.body:
            self.sample = Sample(question=self.question.name, body=_shown(answer.body))

    @property
    def latencies(self) -> list[float]:
        """Return the milliseconds of what the service itself answered."""
        return [answer.milliseconds for answer in self.answers if answer.origin == "application"]

    @property
    def is_hopeless(self) -> bool:
        """Say whether more rounds could only repeat what is known, or wait for more timeouts."""
        return len(self.problems) >= ENOUGH

    def _lateness(self, answer: Answer) -> str | None:
        budget = self.question.latency_ms
        if budget is None or answer.milliseconds <= budget:
            return None
        return f"must come within {budget} ms, took {answer.milliseconds:.0f} ms"

    def check(self) -> Check:
        count = len(self.answers)
        words = [f"{count - len(self.problems)} of {count} good"]
        words += [f"{len(self.problems)} not, first: {self.problems[0]}"] if self.problems else []
        if self.forgiven:
            words.append(f"{len(self.forgiven)} asked again, {self.forgiven[0].outcome}")
        return Check(name=self.question.name, ok=not self.problems, detail="; ".join(words))


def _shown(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return f"{len(body)} bytes"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
