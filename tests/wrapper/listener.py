"""A console for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wrapper.console import Step


@dataclass
class Listener:
    """A console that remembers what it was told and answers every question the same."""

    answer: bool = False
    told: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        yield self

    def progress(self, text: str) -> None:
        pass

    def result(self, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        self.told.append(text)

    def warn(self, text: str) -> None:
        self.told.append(text)

    def confirm(self, question: str) -> bool:
        self.told.append(question)
        return self.answer
