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
    # A task outlives neither an emulator that is killed nor one that was killed a moment ago.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        os.execvp(words[0], words)


if __name__ == "__main__":
    main()
