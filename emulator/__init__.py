"""What runs inside the emulator's process: ministack, what it lacks, and a runtime that makes its tasks real.

Started by `python -m emulator` in the sandbox's own virtual environment. It imports nothing of the wrapper,
and the wrapper nothing of it. What both must know, such as its settings, is an agreement that a test holds.
Modules that don't import ministack are tested in the wrapper's environment.
"""
