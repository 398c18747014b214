"""Become a task's process: `begin.py PARENT WORD...` dies with the process PARENT and runs the words.

Runs by file name with -I -S before each task, so it imports next to nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, words = int(sys.argv[1]), sys.argv[2:]
    end_with(parent, signal.SIGKILL)
    os.execvp(words[0], words)


def end_with(parent: int, number: signal.Signals) -> None:
    """Get the signal when the parent ends; end now if it was killed a moment ago."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit()


if __name__ == "__main__":
    main()
