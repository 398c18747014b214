"""What the user sees: steps with durations, progress, tables, questions.

Everything that is told on the way goes to standard error; standard output carries results only, so that
pipes work.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console as RichOutput
from rich.markup import escape
from rich.status import Status
from rich.table import Table
from rich.text import Text

# What moves a cursor, sets a title or a clipboard, or hides a text, as a picture of itself instead; what
# turns the direction of a line, or stands in a column of its own, as a stand-in.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_STAND_INS = dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)
_PRINTABLE = _PICTURES | _STAND_INS


def printable(text: str) -> str:
    """Return what a terminal shows as it is, whoever has written it; as many characters as there were."""
    return text.translate(_PRINTABLE)


# How often a step that is not on a terminal says that it is still at it.
_QUIET_SECONDS = 10.0


class Step(Protocol):
    def progress(self, text: str) -> None:
        """Say what is going on right now; may be called very often."""

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
            self._status.update(
                f"{escape(self.title)} [dim]{self.seconds:.0f} s  {escape(printable(text))}[/dim]"
            )
        elif time.monotonic() - self._spoken >= _QUIET_SECONDS:
            self._spoken = time.monotonic()
            line = f"    {printable(text)} ({self.seconds:.0f} s)"
            self._output.print(line, markup=False, highlight=False, soft_wrap=True)

    def result(self, text: str, *, good: bool = True) -> None:
        self.outcome, self.is_good = text, good


class TerminalConsole:
    """Write to a terminal, a pipe or a log file, with colours only where they show."""

    def __init__(self, *, assume_yes: bool = False) -> None:
        self._progress = RichOutput(stderr=True, emoji=False)
        self._results = RichOutput(emoji=False)
        self._assume_yes = assume_yes
        self.steps: list[dict[str, str | float]] = []
        self._warned: set[str] = set()

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
            mark = "[green]✓[/green]" if done and step.is_good else "[red]✗[/red]"
            outcome = f"  [dim]{escape(printable(step.outcome))}[/dim]" if step.outcome else ""
            line = f"{mark} {escape(title)}{outcome}  [cyan]{step.seconds:.1f} s[/cyan]"
            self._progress.print(line, highlight=False, soft_wrap=True)

    def note(self, text: str, *, styled: bool = False) -> None:
        """Tell something; `styled` text is of our own making, with colours as ANSI codes."""
        # Rich leaves colours out where they do not show.
        told = Text.from_ansi(f"  {text}") if styled else Text(f"  {printable(text)}")
        self._progress.print(told, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Warn once: several steps may come upon the same."""
        if text in self._warned:
            return
        self._warned.add(text)
        self._progress.print(f"[yellow]![/yellow] {escape(printable(text))}", highlight=False, soft_wrap=True)

    def error(self, text: str, *, fix: str | None = None) -> None:
        self._progress.print(f"[red]error:[/red] {escape(printable(text))}", highlight=False, soft_wrap=True)
        if fix:
            self._progress.print(
                f"[bold]fix:[/bold] {escape(printable(fix))}", highlight=False, soft_wrap=True
            )

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

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print named values, one a line and unbroken, so that a script or a mouse can take them whole."""
        width = max(len(name) for name, _ in rows)
        self.say("\n".join(f"{name:{width}}  {value}" for name, value in rows))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, show_header=True)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(escape(printable(cell)) for cell in row))
        self._results.print(table, highlight=False)
