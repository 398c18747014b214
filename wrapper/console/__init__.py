"""What the user sees: steps, results, questions; as wide as the terminal, unfolded in a pipe."""

from wrapper.console.printing import plural, printable
from wrapper.console.terminal import Console, Step, TerminalConsole

__all__ = ["Console", "Step", "TerminalConsole", "plural", "printable"]
