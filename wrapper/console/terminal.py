"""What the user sees: steps with durations, progress, tables, questions.

Progress goes to standard error; standard output carries results only, so that
pipes work.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console as RichOutput
from rich.markup import escape
from rich.status import Status
from rich.text import Text

from wrapper.console import layout
from wrapper.console.printing import printable

# How often a step that is not on a terminal says that it is still at it.
_QUIET_SECONDS = 10.0
# Further lines of a step or an error begin so far to the right of the first one.
_HANG = 2
# What the spinner takes of a line, and one column so that no terminal begins another line.
_SPINNER = 3


class Step(Protocol):
    def progress(self, text: str) -> None:
        """Say what is happening right now; may be called very often."""

    def result(self, text: str, *, good: bool = True) -> None:
        """Say in a few words what came out; shown with the duration, and as a failure unless it is good."""


class Console(Protocol):
    def step(self, title: str) -> AbstractContextManager[Step]: ...

    def note(self, text: str, *, styled: bool = False) -> None: ...

    def warn(self, text: str) -> None: ...

    def confirm(self, question: str) -> bool: ...


class _Progress:
    """Show a step's last progress line: live on a terminal, now and then elsewhere."""

    def __init__(self, output: RichOutput, title: str, status: Status | None) -> None:
        self.title = title
        self.outcome, self.is_good = "", True
        self._output = output
        self._status = status
        self._started = self._spoken = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def progress(self, text: str) -> None:
        if self._status:
            line = Text.assemble(self.title, (f" {self.seconds:.0f} s  {printable(text)}", "dim"))
            # Beside the spinner, on one line: it is gone in a moment.
            line.truncate(max(self._output.width - _SPINNER, 1), overflow="ellipsis")
            self._status.update(line)
        elif time.monotonic() - self._spoken >= _QUIET_SECONDS:
            self._spoken = time.monotonic()
            told = f"    {printable(text)} ({self.seconds:.0f} s)"
            self._output.print(told, markup=False, highlight=False, soft_wrap=True)

    def result(self, text: str, *, good: bool = True) -> None:
        self.outcome, self.is_good = text, good


class _Output(RichOutput):
    def on_broken_pipe(self) -> None:
        """Leave it to who runs the command: a reader that has seen enough, such as head, is no failure."""
        raise BrokenPipeError


class TerminalConsole:
    """Write to a terminal, a pipe or a log file, with colours only where they show.

    On a terminal lines are folded between words, under their own beginning; elsewhere nothing is folded.
    """

    def __init__(self, *, assume_yes: bool = False) -> None:
        self._progress = _Output(stderr=True, emoji=False)
        self._results = _Output(emoji=False)
        self._assume_yes = assume_yes
        self.steps: list[dict[str, str | float]] = []
        self._warned: set[str] = set()

    @property
    def columns(self) -> int | None:
        """Return how wide results may be; None where nothing folds them."""
        return layout.columns_of(self._results.file)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        status = self._progress.status(escape(title)) if self._progress.is_terminal else None
        if status:
            status.start()
        step = _Progress(self._progress, title, status)
        done = False
        try:
            yield step
            done = True
        finally:
            if status:
                status.stop()
            self.steps.append({"title": title, "seconds": round(step.seconds, 2)})
            mark = ("✓", "green") if done and step.is_good else ("✗", "red")
            outcome = (f"  {printable(step.outcome)}" if step.outcome else "", "dim")
            self._tell(mark, f" {title}", outcome, (f"  {step.seconds:.1f} s", "cyan"))

    def note(self, text: str, *, styled: bool = False) -> None:
        """Tell something; `styled` text is of our own making, laid out, with colours as ANSI codes."""
        if styled:
            # Rich leaves colours out where they do not show.
            self._progress.print(Text.from_ansi(text), highlight=False, soft_wrap=True)
        else:
            self._tell(f"  {printable(text)}")

    def warn(self, text: str) -> None:
        """Warn once: several steps may come upon the same."""
        if text in self._warned:
            return
        self._warned.add(text)
        self._tell(("!", "yellow"), f" {printable(text)}")

    def error(self, text: str, *, fix: str | None = None) -> None:
        self._tell(("error:", "red"), f" {printable(text)}")
        if fix:
            self._tell(("fix:", "bold"), f" {printable(fix)}")

    def confirm(self, question: str) -> bool:
        """Ask, default no. Without a terminal nobody can answer, and only `--yes` passes."""
        if self._assume_yes:
            return True
        if not sys.stdin.isatty():
            self.note(f"{question} No terminal to ask on: pass --yes to agree.")
            return False
        self._progress.print(f"[bold]{escape(printable(question))}[/bold] \\[y/N] ", end="")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def say(self, text: str, *, dim: bool = False) -> None:
        """Print a result to standard output, as given but `printable`; `dim` shows on a terminal alone."""
        style = "dim" if dim else None
        self._results.print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)

    def show(self, text: str) -> None:
        """Print a result of our own making, laid out already, with colours as ANSI codes."""
        self.lines([Text.from_ansi(text)])

    def lines(self, lines: Iterable[Text]) -> None:
        """Print laid out lines as a result."""
        for line in lines:
            self._results.print(line, markup=False, highlight=False, soft_wrap=True)

    def sentences(self, text: str, *, hang: int = _HANG) -> None:
        """Print lines as a result; what is folded begins `hang` columns further right than its line."""
        for line in printable(text).split("\n"):
            indent = len(line) - len(line.lstrip())
            self.lines(layout.hung(Text(line), width=self.columns, hang=indent + hang))

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print named values, one a line; in a pipe unbroken, so that a script can take them whole."""
        self.lines(layout.facts(rows, width=self.columns))

    def table(
        self, rows: Sequence[Sequence[str]], *, spare: Sequence[str] = (), sentences: bool = False
    ) -> None:
        """Print rows, the headings first. See `layout.table`."""
        self.lines(layout.table(rows, width=self.columns, spare=spare, sentences=sentences))

    def _tell(self, *parts: str | tuple[str, str]) -> None:
        """Print what goes beside the results; further lines begin under the first one's second word."""
        width = layout.columns_of(self._progress.file)
        for line in Text.assemble(*parts).split("\n", allow_blank=True):
            indent = len(line.plain) - len(line.plain.lstrip())
            for each in layout.hung(line, width=width, hang=indent + _HANG):
                self._progress.print(each, markup=False, highlight=False, soft_wrap=True)
