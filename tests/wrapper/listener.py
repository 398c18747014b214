"""A console for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wrapper.console import Step


@dataclass
class Listener:
    """A console that records what is printed and gives every question the same answer.

    `told` contains all of it, in order.
    """

    answer: bool = False
    told: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        yield self

    def progress(self, text: str) -> None:
        pass

    def result(self, text: str, *, good: bool = True) -> None:
        pass

    def note(self, text: str, *, styled: bool = False) -> None:
        self._keep(self.noted, text)

    def warn(self, text: str) -> None:
        self._keep(self.warned, text)

    def confirm(self, question: str) -> bool:
        self._keep(self.asked, question)
        return self.answer

    def _keep(self, kind: list[str], text: str) -> None:
        kind.append(text)
        self.told.append(text)
